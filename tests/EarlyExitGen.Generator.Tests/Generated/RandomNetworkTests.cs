using EarlyExitGen.CpuRuntime;
using EarlyExitGen.Tests;
using static TorchSharp.torch;

namespace EarlyExitGen.Generator.Tests;

/// <summary>Random networks give at every exit, by every pipeline, what TorchSharp gives.</summary>
public sealed class RandomNetworkTests(ITestOutputHelper output)
{
    /// <summary>How many networks to draw; the usual number keeps the suite short.</summary>
    private const string CountVariable = "EARLYEXITGEN_RANDOM_NETWORKS";
    private const int UsualCount = 12;
    private const int PerCompilation = 100;
    private const int Seed = 20_261_124;

    [Fact]
    [Trait(NarrowVectors.Trait, NarrowVectors.EveryWidth)]
    public void Every_pipeline_gives_what_TorchSharp_gives()
    {
        int count = Setting.Of(CountVariable, UsualCount);
        Worst worst = new();
        for (int first = 0; first < count; first += PerCompilation)
        {
            string[] sources = [.. Enumerable.Range(first, Math.Min(PerCompilation, count - first)).Select(Draw)];
            GeneratorRun run = GeneratorHarness.Run(new EarlyExitGenerator(), GeneratorHarness.Prelude + "\n" + string.Join("\n", sources));
            using LoadedAssembly loaded = GeneratorHarness.CompileAndLoad(run);
            for (int index = 0; index < sources.Length; index++)
            {
                try
                {
                    Compare(loaded.Assembly.GetType(Name(first + index))!, worst);
                }
                catch (Exception exception)
                {
                    throw new InvalidOperationException($"This network fails:\n{sources[index]}", exception);
                }
            }
        }

        output.WriteLine($"{count} networks; {worst}");
        Assert.True(worst.IsPlausible);
    }

    private static string Name(int index) => $"Random{index}";

    private static string Draw(int index) => new RandomNetworkSource(new Random(Seed + index)).Write(Name(index));

    private static void Compare(Type type, Worst worst)
    {
        using CompiledNetwork compiled = CompiledNetwork.Create(type);
        using EarlyExitCpuPipeline? pipeline = compiled.FreezeForCpu();
        Assert.NotNull(pipeline);
        for (int exit = 0; exit < compiled.Module.Plan.Exits.Length; exit++)
        {
            compiled.Pipeline.Policy = pipeline.Policy = compiled.ForcedExit(exit);
            using Tensor batch = compiled.RandomBatch(rows: 2);
            using Tensor expected = compiled.Eager(batch, exit);
            worst.Add(compiled.Compare(batch, exit, expected, CompiledNetwork.ForwardForCpu(pipeline, batch, exit)), type.Name);
            worst.Add(compiled.Compare(batch, exit, expected, compiled.ForwardBatch(batch, exit)), type.Name);
        }
    }
}
