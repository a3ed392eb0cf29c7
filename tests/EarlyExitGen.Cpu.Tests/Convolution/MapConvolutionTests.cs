using CsCheck;
using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Convolution;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Pooling;
using EarlyExitGen.Cpu.Tests.Pooling;
using EarlyExitGen.Cpu.Tests.Reference;

namespace EarlyExitGen.Cpu.Tests.Convolution;

/// <summary>Convolutions over maps with a pixel's channels side by side.</summary>
[Trait("Vectors", "EveryWidth")]
public sealed class MapConvolutionTests
{
    private const float Untouched = 12345;

    private static readonly Gen<(MapConvolutionShape Shape, bool IsPlanar, int Samples, int Seed)> Layers =
        from isDepthwise in Gen.Bool
        from inputs in Gen.Frequency((3, Gen.Int[1, 9]), (1, Gen.Int[10, 40]))
        from outputs in Gen.Frequency((2, Gen.Int[1, 17]), (1, Gen.Int[18, 70]), (1, RandomLayers.OneOf(16, 32, 48, 64)))
        from size in Gen.Int[1, 19].Array[2]
        from kernel in Gen.Int[1, 4].Array[2]
        from stride in Gen.Int[1, 3].Array[2]
        from padding in Gen.Int[0, 3].Array[2]
        from dilation in Gen.Frequency((3, Gen.Const(1)), (1, Gen.Int[1, 2])).Array[2]
        from activation in RandomLayers.OneOf(Activation.None, Activation.Relu, Activation.Relu6)
        from pool in Gen.Frequency<MapPoolShape?>(
            (2, RandomLayers.OneOf<MapPoolShape?>(default(MapPoolShape?))), (1, RandomLayers.OneOf<MapPoolShape?>(SideBySide)), (1, AnyPool.Select(any => (MapPoolShape?)any)))
        from hasResidual in Gen.Bool
        from isPlanar in Gen.Bool
        from samples in Gen.Int[1, 3]
        from seed in Gen.Int
        let plain = new MapConvolutionShape(
            inputs, size[0], size[1], isDepthwise ? inputs : outputs, kernel[0], kernel[1], stride[0], stride[1], padding[0], padding[1],
            dilation[0], dilation[1], isDepthwise)
        where plain.Height > 0 && plain.Width > 0
        let pooled = plain with { Activation = activation, Pool = Over(plain, pool) }
        let shape = pooled with { HasResidual = hasResidual && pooled.Pool is null }
        where shape.OutputHeight > 0 && shape.OutputWidth > 0
        select (shape, isPlanar, samples, seed);

    private static MapPoolShape SideBySide => new(0, 0, 0, 0, 2, 2, 2, 2, 0, 0, 1, 1);

    private static Gen<MapPoolShape> AnyPool =>
        from kernel in Gen.Int[1, 3].Array[2]
        from stride in Gen.Int[1, 3].Array[2]
        from isPadded in Gen.Bool
        from dilation in Gen.Int[1, 2].Array[2]
        select new MapPoolShape(
            0, 0, 0, 0, kernel[0], kernel[1], stride[0], stride[1], isPadded ? kernel[0] / 2 : 0, isPadded ? kernel[1] / 2 : 0,
            dilation[0], dilation[1]);

    [Fact]
    public void Any_layer_is_as_in_float64_and_nothing_else_is_written() => Layers.Sample(
        layer =>
        {
            MapConvolutionShape shape = layer.Shape;
            float[] input = Closeness.Normal(layer.Samples * shape.InputLength, layer.Seed);
            float[] weight = Weight(shape, layer.Seed + 1);
            float[] bias = Closeness.Normal(shape.OutputChannels, layer.Seed + 2);
            float[] residual = shape.HasResidual ? Closeness.Normal(layer.Samples * shape.OutputLength, layer.Seed + 3) : [];

            float[] output = Run(shape, input, layer.IsPlanar, weight, bias, residual, layer.Samples);

            RequireClose(shape, layer.IsPlanar, input, weight, bias, residual, output);
        },
        iter: RandomLayers.Iterations(600));

    // Few output channels, so that vectors are of pixels, also over more rows than are taken at a time.
    [Theory]
    [InlineData(1, 5, 28, 5, 3, true)]
    [InlineData(3, 4, 90, 3, 1, false)]
    [InlineData(2, 9, 150, 5, 0, true)]
    [InlineData(7, 2, 17, 2, 1, false)]
    public void Few_output_channels_are_as_in_float64(int inputs, int outputs, int size, int kernel, int padding, bool pools)
    {
        MapConvolutionShape plain = new(inputs, size, size - 1, outputs, kernel, kernel, 1, 1, padding, padding, 1, 1, IsDepthwise: false);
        Assert.True(PixelVectors.Suit(plain));
        MapPoolShape[] kinds = [SideBySide, new MapPoolShape(0, 0, 0, 0, 3, 3, 2, 2, 1, 1, 1, 1)];
        MapConvolutionShape[] shapes = pools ? [.. kinds.Select(pool => plain with { Pool = Over(plain, pool) })] : [plain, plain with { HasResidual = true }];
        foreach (MapConvolutionShape shape in shapes)
        {
            float[] input = Closeness.Normal(2 * shape.InputLength, 1);
            float[] weight = Weight(shape, 2);
            float[] bias = Closeness.Normal(outputs, 3);
            float[] residual = shape.HasResidual ? Closeness.Normal(2 * shape.OutputLength, 4) : [];

            float[] output = Run(shape, input, isPlanar: pools, weight, bias, residual, samples: 2);

            RequireClose(shape, isPlanar: pools, input, weight, bias, residual, output);
        }
    }

    // The last vector of output channels goes by tiles of its own, which end with the map however wide it is.
    [Theory]
    [InlineData(16, 1, false)]
    [InlineData(33, 1, true)]
    [InlineData(12, 2, true)]
    public void Three_taps_side_by_side_are_as_in_float64_at_every_width(int outputs, int strideY, bool pools)
    {
        foreach (int width in Enumerable.Range(3, 24))
        {
            MapConvolutionShape plain = new(5, 7 + (width % 3), width, outputs, 1 + (width % 4), 3, strideY, 1, 1, 1, 1, 1, IsDepthwise: false);
            MapConvolutionShape shape = plain with
            {
                Activation = Activation.Relu6,
                Pool = pools ? Over(plain, SideBySide) : null,
                HasResidual = !pools,
            };
            float[] input = Closeness.Normal(shape.InputLength, width);
            float[] weight = Weight(shape, width + 100);
            float[] bias = Closeness.Normal(outputs, width + 200);
            float[] residual = shape.HasResidual ? Closeness.Normal(shape.OutputLength, width + 300) : [];

            float[] output = Run(shape, input, isPlanar: false, weight, bias, residual, samples: 1);

            RequireClose(shape, isPlanar: false, input, weight, bias, residual, output);
        }
    }

    [Theory]
    [InlineData(Activation.None, false)]
    [InlineData(Activation.Relu, false)]
    [InlineData(Activation.Relu6, true)]
    [InlineData(Activation.Relu, true)]
    public void NaN_stays_in_every_output_that_saw_it(Activation activation, bool pools)
    {
        MapConvolutionShape plain = new(3, 8, 8, 5, 3, 3, 1, 1, 1, 1, 1, 1, IsDepthwise: false);
        MapConvolutionShape shape = plain with { Activation = activation, Pool = pools ? Over(plain, SideBySide) : null };
        float[] input = Closeness.Normal(shape.InputLength, 5);
        input[((4 * 8) + 4) * 3] = float.NaN;

        float[] output = Run(shape, input, isPlanar: false, Weight(shape, 6), Closeness.Normal(5, 7), [], samples: 1);

        int scale = pools ? 2 : 1;
        for (int index = 0; index < output.Length; index++)
        {
            int row = index / 5 / shape.OutputWidth;
            int column = index / 5 % shape.OutputWidth;
            bool saw = row >= 3 / scale && row <= 5 / scale && column >= 3 / scale && column <= 5 / scale;
            Assert.Equal(saw, float.IsNaN(output[index]));
        }
    }

    [Fact]
    public void A_window_of_nothing_but_padding_is_activated_too()
    {
        MapConvolutionShape plain = new(1, 3, 3, 9, 1, 1, 1, 1, 0, 0, 1, 1, IsDepthwise: false);
        MapConvolutionShape shape = plain with
        {
            Activation = Activation.Relu,
            Pool = new MapPoolShape(3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 3, 3),
        };

        float[] output = Run(shape, Closeness.Normal(9, 1), isPlanar: false, Closeness.Normal(9, 2), Closeness.Normal(9, 3), [], samples: 1);

        Assert.All(output, value => Assert.True(value >= 0));
    }

    // Rows are taken in parts where all of them don't fit the cache.
    [Theory]
    [InlineData(64, 90, 20, false)]
    [InlineData(40, 130, 40, true)]
    public void Large_maps_are_as_in_float64(int inputs, int size, int outputs, bool isDepthwise)
    {
        MapConvolutionShape plain = new(inputs, size, size - 3, outputs, 3, 3, 1, 1, 1, 1, 1, 1, isDepthwise);
        MapConvolutionShape shape = plain with { Pool = Over(plain, new MapPoolShape(0, 0, 0, 0, 3, 3, 2, 2, 1, 1, 1, 1)) };
        float[] input = Closeness.Normal(shape.InputLength, 1);
        float[] weight = Weight(shape, 2);
        float[] bias = Closeness.Normal(outputs, 3);

        float[] output = Run(shape, input, isPlanar: false, weight, bias, [], samples: 1);

        RequireClose(shape, isPlanar: false, input, weight, bias, [], output);
    }

    [Theory]
    [InlineData(1, 5, true)]
    [InlineData(6, 20, false)]
    [InlineData(6, 20, true)]
    public void Selected_samples_are_those_of_the_whole(int inputs, int outputs, bool isPlanar)
    {
        MapConvolutionShape shape = new(inputs, 9, 11, outputs, 3, 3, 1, 1, 1, 1, 1, 1, IsDepthwise: false);
        float[] weight = Weight(shape, 1);
        float[] bias = Closeness.Normal(outputs, 2);
        float[] input = Closeness.Normal(5 * shape.InputLength, 3);
        long[] selection = [4, 0, 3];
        float[] selected = [.. selection.SelectMany(place => input.AsSpan((int)place * shape.InputLength, shape.InputLength).ToArray())];
        MapConvolution layer = new(shape);
        using Arena arena = new(layer.PackedLength);
        ArenaBuffer packed = arena.Take(layer.PackedLength);
        layer.Pack(weight, bias, packed);
        float[] output = new float[3 * shape.OutputLength];

        layer.Run(input, isPlanar, packed, [], output, samples: 3, selection);

        Assert.Equal(Run(shape, selected, isPlanar, weight, bias, [], samples: 3), output);
        Assert.Contains("There is no row 5: the input has 5.", Assert.Throws<ArgumentException>(
            () => layer.Run(input, isPlanar, packed, [], output, samples: 3, [4, 5, 3])).Message, StringComparison.Ordinal);
        Assert.Contains("Expected 3 places, found 2.", Assert.Throws<ArgumentException>(
            () => layer.Run(input, isPlanar, packed, [], output, samples: 3, [4, 3])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_length_or_a_layer_without_a_kernel_is_refused()
    {
        MapConvolutionShape shape = new(2, 5, 5, 16, 3, 3, 1, 1, 0, 0, 1, 1, IsDepthwise: false);
        MapConvolution layer = new(shape);
        using Arena arena = new(layer.PackedLength);
        ArenaBuffer packed = arena.Take(layer.PackedLength);
        layer.Pack(new float[288], [], packed);

        Assert.Contains("Expected 288 weights, found 287.", Assert.Throws<ArgumentException>(
            () => layer.Pack(new float[287], [], packed)).Message, StringComparison.Ordinal);
        Assert.Contains("Expected 50 inputs, found 49.", Assert.Throws<ArgumentException>(
            () => layer.Run(new float[49], false, packed, [], new float[144], 1)).Message, StringComparison.Ordinal);
        Assert.Contains("Expected 144 outputs, found 145.", Assert.Throws<ArgumentException>(
            () => layer.Run(new float[50], false, packed, [], new float[145], 1)).Message, StringComparison.Ordinal);
        Assert.Contains("Expected 0 residuals, found 144.", Assert.Throws<ArgumentException>(
            () => layer.Run(new float[50], false, packed, new float[144], new float[144], 1)).Message, StringComparison.Ordinal);
        Assert.Contains("There is no kernel for ", Assert.Throws<ArgumentException>(
            () => new MapConvolution(shape with { Activation = Activation.Silu })).Message, StringComparison.Ordinal);
    }

    // Sums of about 1: a clamp then hides no larger sum, whose roundings would be larger too.
    private static float[] Weight(MapConvolutionShape shape, int seed)
    {
        int terms = shape.InputsPerOutput * shape.KernelHeight * shape.KernelWidth;
        return [.. Closeness.Normal(shape.OutputChannels * terms, seed).Select(value => value / MathF.Sqrt(terms))];
    }

    private static float[] Run(
        MapConvolutionShape shape, float[] input, bool isPlanar, float[] weight, float[] bias, float[] residual, int samples)
    {
        MapConvolution layer = new(shape);
        using Arena arena = new(layer.PackedLength);
        ArenaBuffer packed = arena.Take(layer.PackedLength);
        layer.Pack(weight, bias, packed);
        float[] guarded = new float[(samples * shape.OutputLength) + 64];
        Array.Fill(guarded, Untouched);
        Span<float> output = guarded.AsSpan(32, samples * shape.OutputLength);

        layer.Run(input, isPlanar, packed, residual, output, samples);

        Assert.All(guarded[..32].Concat(guarded[^32..]), value => Assert.Equal(Untouched, value));
        return output.ToArray();
    }

    private static void RequireClose(
        MapConvolutionShape shape, bool isPlanar, float[] input, float[] weight, float[] bias, float[] residual, float[] output)
    {
        double[] expected = All(shape, input, weight, bias, residual);
        double[] sums = All(
            shape with { Activation = Activation.None, Pool = null }, Absolute(input), Absolute(weight), Absolute(bias), Absolute(residual));
        double tolerance = Math.ScaleB(4 + Math.Sqrt(shape.InputsPerOutput * shape.KernelHeight * shape.KernelWidth), -24);
        Assert.InRange(Closeness.RelativeError(expected, sums, output), 0, tolerance);

        double[] All(MapConvolutionShape layer, float[] x, float[] w, float[] b, float[] r) => [.. Enumerable
            .Range(0, x.Length / layer.InputLength)
            .SelectMany(sample => Expected(layer, isPlanar, x, w, b, r, sample))];

        static float[] Absolute(float[] values) => Array.ConvertAll(values, MathF.Abs);
    }

    /// <summary>One sample with its channels last.</summary>
    private static double[] Expected(
        MapConvolutionShape shape, bool isPlanar, float[] inputs, float[] weight, float[] bias, float[] residuals, int sample)
    {
        float[] input = inputs[(sample * shape.InputLength)..((sample + 1) * shape.InputLength)];
        float[] residual = residuals.Length == 0 ? [] : residuals[(sample * shape.OutputLength)..((sample + 1) * shape.OutputLength)];
        ConvolutionLayer layer = new()
        {
            InputChannels = shape.InputChannels,
            InputHeight = shape.InputHeight,
            InputWidth = shape.InputWidth,
            OutputChannels = shape.OutputChannels,
            KernelHeight = shape.KernelHeight,
            KernelWidth = shape.KernelWidth,
            StrideY = shape.StrideY,
            StrideX = shape.StrideX,
            PaddingY = shape.PaddingY,
            PaddingX = shape.PaddingX,
            DilationY = shape.DilationY,
            DilationX = shape.DilationX,
            Groups = shape.IsDepthwise ? shape.InputChannels : 1,
            HasResidual = residual.Length > 0,
            Activation = shape.Activation,
        };
        double[] result = ReferenceConvolution.Run(
            layer, isPlanar ? input : Planar(input, shape.InputChannels), weight, bias, Planar(residual, shape.OutputChannels));
        if (shape.Pool is { } pool)
        {
            PoolingLayer pooling = new()
            {
                Kind = PoolingKind.Max,
                Channels = shape.OutputChannels,
                InputHeight = pool.InputHeight,
                InputWidth = pool.InputWidth,
                OutputHeight = pool.OutputHeight,
                OutputWidth = pool.OutputWidth,
                KernelHeight = pool.KernelHeight,
                KernelWidth = pool.KernelWidth,
                StrideY = pool.StrideY,
                StrideX = pool.StrideX,
                PaddingY = pool.PaddingY,
                PaddingX = pool.PaddingX,
                DilationY = pool.DilationY,
                DilationX = pool.DilationX,
            };
            result = ReferencePooling.Run(pooling, [.. result.Select(value => (float)value)]);
        }

        int pixels = shape.OutputHeight * shape.OutputWidth;
        return [.. Enumerable.Range(0, result.Length).Select(index => result[(index % shape.OutputChannels * pixels) + (index / shape.OutputChannels)])];
    }

    private static float[] Planar(float[] channelsLast, int channels)
    {
        int pixels = channelsLast.Length / channels;
        return [.. Enumerable.Range(0, channelsLast.Length).Select(index => channelsLast[(index % pixels * channels) + (index / pixels)])];
    }

    /// <summary>A pooling of what a convolution gives; null where no window fits, or one would hold padding alone.</summary>
    private static MapPoolShape? Over(MapConvolutionShape convolution, MapPoolShape? pool)
    {
        if (pool is not { } any) return null;
        int rows = Outputs(convolution.Height, any.KernelHeight, any.StrideY, any.PaddingY, any.DilationY);
        int columns = Outputs(convolution.Width, any.KernelWidth, any.StrideX, any.PaddingX, any.DilationX);
        if (rows < 1 || columns < 1 || any.PaddingY >= convolution.Height || any.PaddingX >= convolution.Width) return null;
        return any with { InputHeight = convolution.Height, InputWidth = convolution.Width, OutputHeight = rows, OutputWidth = columns };
    }

    private static int Outputs(int input, int kernel, int stride, int padding, int dilation)
    {
        int room = input + (2 * padding) - (dilation * (kernel - 1)) - 1;
        return room < 0 ? 0 : (room / stride) + 1;
    }
}
