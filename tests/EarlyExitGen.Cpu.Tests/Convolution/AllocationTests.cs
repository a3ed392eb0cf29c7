using EarlyExitGen.Cpu.Activations;
using EarlyExitGen.Cpu.Convolution;
using EarlyExitGen.Cpu.Linear;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Pooling;

namespace EarlyExitGen.Cpu.Tests.Convolution;

/// <summary>A small network of constant shapes, as generated code would write it.</summary>
public sealed class AllocationTests
{
    [Fact]
    public void A_call_allocates_nothing()
    {
        using Arena arena = new(1 << 17);
        float[] pixels = new float[3 * 16 * 16];
        ArenaBuffer input = arena.Take(FeatureMapLayout.PlanarLength(3, 16, 16, 1));
        ArenaBuffer stem = arena.Take(FeatureMapLayout.BlockedLength(16, 8, 8, 1));
        ArenaBuffer body = arena.Take(FeatureMapLayout.BlockedLength(16, 8, 8, 1));
        ArenaBuffer pooled = arena.Take(16);
        ArenaBuffer logits = arena.Take(16);
        ArenaBuffer scratch = arena.Take(Convolution2d.ScratchLength<Body>());
        ArenaBuffer stemWeights = arena.Take(Convolution2d.PackedLength<Stem>());
        ArenaBuffer bodyWeights = arena.Take(Convolution2d.PackedLength<Body>());
        ArenaBuffer headWeights = arena.Take(LinearLayer.PackedLength<Head>());
        Convolution2d.Pack<Stem>(new float[16 * 27], new float[16], stemWeights);
        Convolution2d.Pack<Body>(new float[16 * 16 * 9], [], bodyWeights);
        LinearLayer.Pack<Head>(new float[10 * 16], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], headWeights);

        void Call()
        {
            FeatureMap.LoadPlanar(pixels, input, 3, 16, 16, 1);
            Convolution2d.Run<Stem>(input, stemWeights, stem);
            Convolution2d.Run<Body>(stem, bodyWeights, body, stem, scratch);
            Elementwise.Activate(body, new FeatureMapShape(16, 8, 8, 1), Activation.Gelu);
            Pooling2d.Run<Gap>(body, pooled);
            LinearLayer.Run<Head>(pooled, headWeights, logits);
        }

        Call();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int call = 0; call < 1000; call++) Call();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal([1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f, 9f, 10f], logits.AsSpan()[..10].ToArray());
    }

    private readonly struct Stem : IConvolutionShape
    {
        public static int InputChannels => 3;

        public static int InputHeight => 16;

        public static int InputWidth => 16;

        public static int OutputChannels => 16;

        public static int KernelHeight => 3;

        public static int KernelWidth => 3;

        public static int PaddingY => 1;

        public static int PaddingX => 1;

        public static bool InputIsPlanar => true;

        public static int InputBorder => 1;

        public static int OutputBorder => 1;

        public static Activation Activation => Activation.Relu;

        public static bool MaxPool2x2 => true;
    }

    private readonly struct Body : IConvolutionShape
    {
        public static int InputChannels => 16;

        public static int InputHeight => 8;

        public static int InputWidth => 8;

        public static int OutputChannels => 16;

        public static int KernelHeight => 3;

        public static int KernelWidth => 3;

        public static int PaddingY => 1;

        public static int PaddingX => 1;

        public static int InputBorder => 1;

        public static int OutputBorder => 1;

        public static bool HasResidual => true;

        public static int ResidualBorder => 1;

        public static ConvolutionAlgorithm Algorithm => ConvolutionAlgorithm.Winograd4x4;
    }

    private readonly struct Gap : IPoolingShape
    {
        public static PoolingKind Kind => PoolingKind.AdaptiveAverage;

        public static int Channels => 16;

        public static int InputHeight => 8;

        public static int InputWidth => 8;

        public static int OutputHeight => 1;

        public static int OutputWidth => 1;

        public static int InputBorder => 1;
    }

    private readonly struct Head : ILinearShape
    {
        public static int InputFeatures => 16;

        public static int OutputFeatures => 10;
    }
}
