using System.Globalization;
using EarlyExitGen.CpuRuntime;
using EarlyExitGen.Tests;
using static TorchSharp.torch;

namespace EarlyExitGen.Generator.Tests;

/// <summary>Random networks give at every exit, by every pipeline, what TorchSharp gives.</summary>
public sealed class RandomNetworkTests
{
    /// <summary>How many networks to draw; the usual number keeps the suite short.</summary>
    private const string CountVariable = "EARLYEXITGEN_RANDOM_NETWORKS";
    private const int UsualCount = 12;
    private const int Seed = 20_261_124;

    [Fact]
    [Trait(NarrowVectors.Trait, NarrowVectors.EveryWidth)]
    public void Every_pipeline_gives_what_TorchSharp_gives()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable(CountVariable) ?? $"{UsualCount}", CultureInfo.InvariantCulture);
        string[] sources =
            [.. Enumerable.Range(0, count).Select(index => new RandomNetworkSource(new Random(Seed + index)).Write($"Random{index}"))];
        GeneratorRun run = GeneratorHarness.Run(new EarlyExitGenerator(), GeneratorHarness.Prelude + "\n" + string.Join("\n", sources));
        using LoadedAssembly loaded = GeneratorHarness.CompileAndLoad(run);
        for (int index = 0; index < count; index++)
        {
            try
            {
                Compare(loaded.Assembly.GetType($"Random{index}")!);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"This network fails:\n{sources[index]}", exception);
            }
        }
    }

    private static void Compare(Type type)
    {
        using CompiledNetwork compiled = CompiledNetwork.Create(type);
        using EarlyExitCpuPipeline? pipeline = compiled.FreezeForCpu();
        Assert.NotNull(pipeline);
        for (int exit = 0; exit < compiled.Module.Plan.Exits.Length; exit++)
        {
            compiled.Pipeline.Policy = pipeline.Policy = compiled.ForcedExit(exit);
            using Tensor batch = compiled.RandomBatch(rows: 2);
            using Tensor expected = compiled.Eager(batch, exit);
            compiled.Compare(batch, exit, expected, CompiledNetwork.ForwardForCpu(pipeline, batch, exit));
            compiled.Compare(batch, exit, expected, compiled.ForwardBatch(batch, exit));
        }
    }
}
