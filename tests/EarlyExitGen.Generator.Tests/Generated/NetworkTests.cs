using EarlyExitGen.Tests;
using VerifyXunit;
using static TorchSharp.torch;

namespace EarlyExitGen.Generator.Tests;

/// <summary>
/// The networks in Networks/: what is generated for each is held still by snapshots, compiles without a warning, and gives at every
/// exit what TorchSharp gives.
/// </summary>
public sealed class NetworkTests
{
    /// <summary>Networks with layers that only libtorch computes, or without a declared input.</summary>
    private static readonly string[] WithoutCpuPipeline =
        [
            "AttentionMasks", "Comparisons", "Enlarging", "ExtraInputs", "Gates", "MaskBuffers", "MaskedEncoder", "Masks", "OrdinaryCalls", "OwnedWidths", "Tokens", "TorchFunctions", "Transformer",
            "UnknownInput", "Widths",
        ];

    public static TheoryData<string> Names => [.. NetworkSources.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Generated_code(string network) => Verifier.Verify(Run(network).Driver);

    [Theory]
    [MemberData(nameof(Names))]
    public void Generated_code_gives_what_TorchSharp_gives(string network)
    {
        using LoadedAssembly loaded = GeneratorHarness.CompileAndLoad(Run(network));
        using CompiledNetwork compiled = CompiledNetwork.Create(loaded.Assembly);

        for (int exit = 0; exit < compiled.Module.Plan.Exits.Length; exit++)
        {
            compiled.Pipeline.Policy = compiled.Module.Policy = compiled.ForcedExit(exit);
            foreach (int rows in (int[])[1, 2, 7])
            {
                using Tensor batch = compiled.RandomBatch(rows);
                using Tensor expected = compiled.Eager(batch, exit);

                compiled.Compare(batch, exit, expected, compiled.ForwardBatch(batch, exit));
                compiled.Compare(batch, exit, expected, compiled.EarlyExit(batch));
                if (rows == 1) compiled.Compare(batch, exit, expected, compiled.ForwardOne(batch, exit));
            }
        }
    }

    [Theory]
    [Trait(NarrowVectors.Trait, NarrowVectors.EveryWidth)]
    [MemberData(nameof(Names))]
    public void Generated_code_without_libtorch_gives_what_TorchSharp_gives(string network)
    {
        using LoadedAssembly loaded = GeneratorHarness.CompileAndLoad(Run(network));
        using CompiledNetwork compiled = CompiledNetwork.Create(loaded.Assembly);
        if (compiled.FreezeForCpu() is not { } pipeline)
        {
            Assert.Contains(network, WithoutCpuPipeline);
            return;
        }

        using (pipeline)
        {
            Assert.DoesNotContain(network, WithoutCpuPipeline);
            for (int exit = 0; exit < compiled.Module.Plan.Exits.Length; exit++)
            {
                pipeline.Policy = compiled.Module.Policy = compiled.ForcedExit(exit);
                using Tensor batch = compiled.RandomBatch(rows: 3);
                using Tensor expected = compiled.Eager(batch, exit);

                compiled.Compare(batch, exit, expected, CompiledNetwork.ForwardForCpu(pipeline, batch, exit));
                float[] inputs = batch.data<float>().ToArray();
                float[] logits = new float[3 * pipeline.Plan.Classes];
                ExitDecision[] decisions = new ExitDecision[3];
                AllocationAssert.ZeroBytes(() => pipeline.Forward(inputs, logits, decisions), calls: 20);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Two_runs_give_the_same_bytes(string network) =>
        Assert.Equal(Texts(Run(network)), Texts(Run(network)));

    private static IEnumerable<string> Texts(GeneratorRun run) => run.Result.GeneratedTrees.Select(tree => tree.ToString());

    private static GeneratorRun Run(string network) =>
        GeneratorHarness.Run(new EarlyExitGenerator(), NetworkSources.Read(network));
}
