using Microsoft.ML.OnnxRuntime;

// Answers frames of 28×28 bytes from standard input with the network in a model file: what examples/EdgeClassifier does, by ONNX Runtime.
const int side = 28;
using SessionOptions options = new()
{
    GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
    IntraOpNumThreads = 1,
    InterOpNumThreads = 1,
};
using InferenceSession session = new(args[0], options);
using OrtIoBinding binding = session.CreateIoBinding();
using RunOptions run = new();
float[] input = new float[side * side];
float[] logits = new float[10];
using OrtValue pixels = OrtValue.CreateTensorValueFromMemory(input, [1, 1, side, side]);
using OrtValue answer = OrtValue.CreateTensorValueFromMemory(logits, [1, logits.Length]);
binding.BindInput(session.InputNames[0], pixels);
binding.BindOutput(session.OutputNames[0], answer);

using Stream frames = Console.OpenStandardInput();
byte[] frame = new byte[input.Length];
while (frames.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) == frame.Length)
{
    for (int pixel = 0; pixel < input.Length; pixel++) input[pixel] = frame[pixel] / 255f;
    session.RunWithBinding(run, binding);
    Console.WriteLine(Array.IndexOf(logits, logits.Max()));
}
