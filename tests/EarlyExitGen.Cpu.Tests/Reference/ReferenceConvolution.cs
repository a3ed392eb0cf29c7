using EarlyExitGen.Cpu.Tests.Convolution;

namespace EarlyExitGen.Cpu.Tests.Reference;

/// <summary>A convolution layer in float64, term by term.</summary>
internal static class ReferenceConvolution
{
    public static double[] Run(ConvolutionLayer layer, float[] input, float[] weight, float[] bias, float[] residual)
    {
        double[] full = new double[layer.OutputChannels * layer.Height * layer.Width];
        for (int index = 0; index < full.Length; index++)
        {
            int channel = index / (layer.Height * layer.Width);
            double sum = bias[channel] + (layer.HasResidual ? residual[index] : 0);
            sum += Taps(layer, input, weight, channel, index / layer.Width % layer.Height, index % layer.Width);
            full[index] = ReferenceActivation.Apply(layer.Activation, layer.NegativeSlope, sum);
        }

        return layer.MaxPool2x2 ? Pool(layer, full) : full;
    }

    private static double Taps(ConvolutionLayer layer, float[] input, float[] weight, int channel, int row, int column)
    {
        double sum = 0;
        int inputs = layer.InputChannels / layer.Groups;
        int first = channel / (layer.OutputChannels / layer.Groups) * inputs;
        for (int within = 0; within < inputs; within++)
        {
            for (int ky = 0; ky < layer.KernelHeight; ky++)
            {
                for (int kx = 0; kx < layer.KernelWidth; kx++)
                {
                    int y = (row * layer.StrideY) + (ky * layer.DilationY) - layer.PaddingY;
                    int x = (column * layer.StrideX) + (kx * layer.DilationX) - layer.PaddingX;
                    if (y < 0 || y >= layer.InputHeight || x < 0 || x >= layer.InputWidth) continue;
                    double value = input[((((first + within) * layer.InputHeight) + y) * layer.InputWidth) + x];
                    sum += value * weight[((((channel * inputs) + within) * layer.KernelHeight + ky) * layer.KernelWidth) + kx];
                }
            }
        }

        return sum;
    }

    private static double[] Pool(ConvolutionLayer layer, double[] full)
    {
        int height = layer.Height / 2;
        int width = layer.Width / 2;
        double[] pooled = new double[layer.OutputChannels * height * width];
        for (int index = 0; index < pooled.Length; index++)
        {
            int channel = index / (height * width);
            int corner = (((channel * layer.Height) + (index / width % height * 2)) * layer.Width) + (index % width * 2);
            pooled[index] = Math.Max(
                Math.Max(full[corner], full[corner + 1]), Math.Max(full[corner + layer.Width], full[corner + layer.Width + 1]));
        }

        return pooled;
    }
}
