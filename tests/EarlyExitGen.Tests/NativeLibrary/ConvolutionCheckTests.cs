using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Tests.NativeLibraries;

public sealed class ConvolutionCheckTests
{
    [Theory]
    [InlineData(16, 20, 16, 3)]
    [InlineData(16, 17, 13, 3)]
    [InlineData(16, 50, 32, 3)]
    [InlineData(1, 33, 8, 5)]
    public void Convolutions_are_right_once_libtorch_is_loaded(int rows, int channels, int outputs, int kernel)
    {
        LibTorch.EnsureLoaded();
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        random.manual_seed(rows + channels);
        Tensor input = randn(rows, channels, 11, 9);
        Tensor weight = randn(outputs, channels, kernel, kernel);

        Tensor actual = functional.conv2d(input, weight, strides: [2, 2], padding: [1, 1]);

        // oneDNN has no part in convolutions of doubles.
        Tensor expected = functional.conv2d(
            input.to_type(ScalarType.Float64), weight.to_type(ScalarType.Float64), strides: [2, 2], padding: [1, 1]);
        TensorAssert.Close(expected.to_type(ScalarType.Float32), actual);
    }
}
