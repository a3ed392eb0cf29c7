using EarlyExitGen.CpuRuntime;
using EarlyExitGen.Tests;
using static TorchSharp.torch;

namespace EarlyExitGen.Generator.Tests;

/// <summary>
/// Random programs give at every exit, for every batch size, compiled and eager, what plain TorchSharp gives. A failure shrinks to a
/// program from which no line can be left out, and is printed as source.
/// </summary>
public sealed class RandomProgramTests(ITestOutputHelper output)
{
    /// <summary>How many programs to draw; the usual number keeps the suite short.</summary>
    private const string CountVariable = "EARLYEXITGEN_RANDOM_PROGRAMS";
    private const int UsualCount = 1000;

    /// <summary>The first to draw, so that many can be drawn in several runs.</summary>
    private const string FirstVariable = "EARLYEXITGEN_RANDOM_PROGRAMS_FIRST";

    /// <summary>Of how many programs one runs on the CPU kernels too: to compile those of one takes a quarter second.</summary>
    private const string KernelsEveryVariable = "EARLYEXITGEN_RANDOM_PROGRAMS_KERNELS_EVERY";
    private const int UsualKernelsEvery = 20;
    private const int PerCompilation = 100;
    private const int Seed = 20_261_123;

    private static readonly int[] Rows = [1, 2, 7, 32];

    [Fact]
    public void Every_program_gives_what_TorchSharp_gives()
    {
        int count = Setting.Of(CountVariable, UsualCount);
        int begin = Setting.Of(FirstVariable, 0);
        int end = begin + count;
        int kernelsEvery = Setting.Of(KernelsEveryVariable, UsualKernelsEvery);
        Worst worst = new();
        for (int first = begin; first < end; first += PerCompilation)
        {
            RandomProgram[] programs = [.. Enumerable.Range(first, Math.Min(PerCompilation, end - first)).Select(Draw)];
            using LoadedAssembly loaded = Compile(programs);
            for (int index = 0; index < programs.Length; index++)
            {
                try
                {
                    bool onKernels = (first + index) % kernelsEvery == 0;
                    Compare(loaded.Assembly.GetType($"Program{index}")!, onKernels && programs[index].HasKernels, worst, $"program {first + index}");
                }
                catch (Exception exception)
                {
                    RandomProgram smallest = Shrink(programs[index], exception.GetType());
                    throw new InvalidOperationException(
                        $"Program {first + index} fails; as short as it can be:\n{smallest.Write("Program0")}", exception);
                }
            }
        }

        output.WriteLine($"{count} programs; {worst}");
        Assert.True(worst.IsPlausible);
    }

    private static RandomProgram Draw(int index) => RandomProgram.Draw(new Random(Seed + index));

    private static LoadedAssembly Compile(params IReadOnlyList<RandomProgram> programs)
    {
        IEnumerable<string> sources = programs.Select((program, index) => program.Write($"Program{index}"));
        string source = $"{GeneratorHarness.Prelude}\n{RandomProgram.Blocks}\n{string.Join("\n", sources)}";
        return GeneratorHarness.CompileAndLoad(GeneratorHarness.Run(new EarlyExitGenerator(), source));
    }

    // A program that fails in another way, say because it no longer compiles, is another failure.
    private static RandomProgram Shrink(RandomProgram failing, Type failure)
    {
        for (bool shrank = true; shrank;)
        {
            shrank = false;
            for (int line = 0; line < failing.Lines; line++)
            {
                RandomProgram shorter = failing.Without(line);
                if (shorter.Write("Program0") == failing.Write("Program0") || !Fails(shorter, failure)) continue;
                failing = shorter;
                shrank = true;
            }
        }

        return failing;
    }

    private static bool Fails(RandomProgram program, Type failure)
    {
        try
        {
            using LoadedAssembly loaded = Compile(program);
            Compare(loaded.Assembly.GetType("Program0")!, onKernels: program.HasKernels, new Worst(), "Program0");
            return false;
        }
        catch (Exception exception)
        {
            return exception.GetType() == failure;
        }
    }

    private static void Compare(Type type, bool onKernels, Worst worst, string name)
    {
        using CompiledNetwork compiled = CompiledNetwork.Create(type);
        using EarlyExitCpuPipeline? cpu = onKernels ? compiled.FreezeForCpu() : null;
        Assert.Equal(onKernels, cpu is not null);

        // With an ordinary call anywhere, what comes after it has no known cost.
        Assert.All(compiled.Module.Plan.Stages, stage => Assert.NotNull(stage.Macs));
        Assert.All(compiled.Module.Plan.Exits, exit => Assert.NotNull(exit.Macs));
        foreach (int rows in Rows)
        {
            using Tensor batch = compiled.RandomBatch(rows);
            using IDisposable noGradient = no_grad();
            using ExitLogits eager = compiled.Module.ForwardAll(batch);
            for (int exit = 0; exit < compiled.Module.Plan.Exits.Length; exit++)
            {
                compiled.Pipeline.Policy = compiled.Module.Policy = compiled.ForcedExit(exit);
                Tensor expected = eager[exit];
                worst.Add(compiled.Compare(batch, exit, expected, compiled.ForwardBatch(batch, exit)), name);
                worst.Add(compiled.Compare(batch, exit, expected, compiled.Module.forward(batch)), name);
                if (rows == 1) worst.Add(compiled.Compare(batch, exit, expected, compiled.ForwardOne(batch, exit)), name);
                if (cpu is null) continue;
                cpu.Policy = compiled.Module.Policy;
                worst.Add(compiled.Compare(batch, exit, expected, CompiledNetwork.ForwardForCpu(cpu, batch, exit)), name);
            }
        }
    }
}
