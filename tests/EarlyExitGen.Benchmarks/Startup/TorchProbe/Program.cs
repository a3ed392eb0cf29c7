using EarlyExitGen.Benchmarks.Networks;
using EarlyExitGen.TorchRuntime;
using static TorchSharp.torch;

// Answers frames of 28×28 bytes from standard input by the modules themselves: what examples/EdgeClassifier does, by TorchSharp.
const int side = 28;
LibTorch.EnsureLoaded();
set_num_threads(1);
using IDisposable noGradient = no_grad();
using FashionNet network = new();
network.load(args[0]);
network.eval();

using Stream frames = Console.OpenStandardInput();
byte[] frame = new byte[side * side];
float[] input = new float[frame.Length];
while (frames.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) == frame.Length)
{
    for (int pixel = 0; pixel < input.Length; pixel++) input[pixel] = frame[pixel] / 255f;
    using Tensor pixels = tensor(input, [1, 1, side, side]);
    using Tensor logits = network.forward(pixels);
    using Tensor label = logits.argmax(1);
    Console.WriteLine(label.item<long>());
}
