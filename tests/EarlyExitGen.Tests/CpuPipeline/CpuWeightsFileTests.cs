using EarlyExitGen.Cpu.Tests.Weights;
using EarlyExitGen.Cpu.Weights;
using EarlyExitGen.Tests.Networks;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.CpuPipeline;

/// <summary>Weights go through a file unchanged, with the policy; any other file is refused in one sentence.</summary>
public sealed class CpuWeightsFileTests : IDisposable
{
    /// <summary>How many damaged files to try; the usual number keeps the suite short.</summary>
    private const string CountVariable = "EARLYEXITGEN_MUTATED_WEIGHTS";
    private const int UsualCount = 2_000;

    private readonly string folder = Directory.CreateTempSubdirectory("earlyexitgen").FullName;
    private readonly ThreeExits network = new();
    private readonly string path;

    public CpuWeightsFileTests()
    {
        TrainedLookalike.Randomize(network);
        network.eval();
        path = Path.Combine(folder, "net.safetensors");
    }

    public void Dispose()
    {
        network.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_loaded_pipeline_answers_like_a_frozen_one_with_the_saved_policy()
    {
        network.Policy = ExitPolicy.Create(ThreeExits.Network, 0.7f, 0.2f).WithTemperature(1, 1.5f);
        network.SaveForCpu(path);
        float[] input = randn(144).data<float>().ToArray();
        float[] expected = new float[10];
        float[] actual = new float[10];

        using ThreeExits.CpuPipeline frozen = network.FreezeForCpu();
        using ThreeExits.CpuPipeline loaded = ThreeExits.CpuPipeline.Load(path);

        Assert.Equal(network.Policy.Id, loaded.Policy.Id);
        Assert.Equal(frozen.Forward(input, expected), loaded.Forward(input, actual));
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void A_file_of_another_network_is_refused_by_name()
    {
        using Tiny tiny = new();
        tiny.SaveForCpu(path);

        string message = Assert.Throws<WeightsFileException>(() => ThreeExits.CpuPipeline.Load(path)).Message;

        Assert.Equal(
            $"{path}: expected the weights of ThreeExits ({ThreeExits.Network.Fingerprint}), " +
            $"found those of Tiny ({Tiny.Network.Fingerprint}).",
            message);
    }

    [Fact]
    public void A_file_that_others_wrote_is_refused()
    {
        SafetensorsFile.Create([WeightsEntry.Create("stem.0.weight", [1], [1f])]).Write(path);

        Assert.Equal(
            $"{path}: it has no earlyexitgen.fingerprint, so it was not written by SaveForCpu.",
            Assert.Throws<WeightsFileException>(() => ThreeExits.CpuPipeline.Load(path)).Message);
        Assert.Throws<FileNotFoundException>(() => ThreeExits.CpuPipeline.Load(path + "x"));
    }

    [Fact]
    public void A_policy_that_can_not_be_read_back_leaves_no_file()
    {
        network.Policy = network.Policy.With(0, 1_000);

        Assert.Throws<InvalidOperationException>(() => network.SaveForCpu(path));

        Assert.Empty(Directory.EnumerateFiles(folder));
    }

    [Fact]
    public void A_damaged_file_is_refused_or_gives_the_same_answers()
    {
        int count = Setting.Of(CountVariable, UsualCount);
        using Tiny tiny = new();
        tiny.SaveForCpu(path);
        byte[] original = File.ReadAllBytes(path);
        float[] input = [0.3f, -1, 2, 0.5f];
        float[] expected = new float[3];
        float[] actual = new float[3];
        ExitDecision answer;
        using (Tiny.CpuPipeline pipeline = Tiny.CpuPipeline.Load(path)) answer = pipeline.Forward(input, expected);

        Random random = new(3);
        int refused = 0;
        for (int mutation = 0; mutation < count; mutation++)
        {
            File.WriteAllBytes(path, FileMutation.Mutate(original, random));
            try
            {
                using Tiny.CpuPipeline pipeline = Tiny.CpuPipeline.Load(path);
                Assert.Equal(answer, pipeline.Forward(input, actual));
                Assert.Equal(expected, actual);
            }
            catch (WeightsFileException exception)
            {
                refused++;
                Assert.StartsWith(path, exception.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', exception.Message);
            }
        }

        Assert.True(refused > count * 9 / 10, $"Only {refused} of {count} damaged files were refused.");
    }
}
