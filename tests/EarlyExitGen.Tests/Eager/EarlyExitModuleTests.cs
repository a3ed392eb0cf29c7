using CsCheck;
using EarlyExitGen.Criteria;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.Eager;

/// <summary>The eager forward, which the pipelines are tested against, on a network whose answers are known.</summary>
public sealed class EarlyExitModuleTests
{
    private static readonly float[] Sure = [9, 0, 0];
    private static readonly float[] Unsure = [0.1f, 0, 0.2f];
    private static readonly float[] Broken = [9, float.NaN, 0];

    private static readonly Gen<float> Logit = Gen.Frequency(
        (8, Gen.Float[-4, 4]),
        (1, Gen.Const(float.PositiveInfinity)),
        (1, Gen.Const(0f)));

    [Fact]
    public void Every_row_is_answered_at_the_first_exit_that_fires_and_stays_in_its_place() =>
        Gen.Int[1, 6].SelectMany(rows => Logit.Array[SplitLogits.Width].Array[rows]).Sample(
            rows =>
            {
                using SplitLogits network = Evaluating();
                using Tensor answers = Forward(network, rows);
                float[] actual = answers.data<float>().ToArray();
                for (int row = 0; row < rows.Length; row++)
                {
                    float[] expected = [.. rows[row].Chunk(SplitLogits.Classes).ElementAt(FirstExit(rows[row]))];
                    Assert.Equal(expected, actual[(row * SplitLogits.Classes)..((row + 1) * SplitLogits.Classes)]);
                }
            },
            iter: 200);

    [Fact]
    public void Later_stages_see_only_the_rows_that_are_left()
    {
        using SplitLogits network = Evaluating();

        using Tensor answers = Forward(network, [
            [.. Sure, .. Sure, .. Sure], [.. Unsure, .. Sure, .. Sure], [.. Unsure, .. Unsure, .. Sure], [.. Sure, .. Unsure, .. Unsure]]);

        Assert.Equal([4, 2, 1], network.StageRows);
    }

    [Fact]
    public void Nothing_runs_once_every_row_has_left()
    {
        using SplitLogits network = Evaluating();

        using Tensor answers = Forward(network, [[.. Sure, .. Unsure, .. Unsure], [.. Sure, .. Unsure, .. Unsure]]);

        Assert.Equal([2], network.StageRows);
        Assert.Equal([0], network.ExitsCalled);
    }

    [Fact]
    public void Exit_that_is_switched_off_is_not_run()
    {
        using SplitLogits network = Evaluating();
        network.Policy = network.Policy.WithDisabled(0);

        using Tensor answers = Forward(network, [[.. Sure, .. Sure, .. Unsure]]);

        Assert.Equal([1], network.ExitsCalled);
    }

    [Fact]
    public void Thresholds_at_infinity_answer_always_or_never()
    {
        using SplitLogits network = Evaluating();
        network.Policy = ExitPolicy.Create(network.Plan, float.PositiveInfinity, float.PositiveInfinity);

        using Tensor answers = Forward(network, [[.. Sure, .. Unsure, .. Sure]]);

        Assert.Equal([0, 1], network.ExitsCalled);
    }

    [Fact]
    public void Training_mode_gives_the_last_exit_and_runs_no_other()
    {
        using SplitLogits network = new();
        network.train();

        using Tensor answers = Forward(network, [[.. Sure, .. Sure, .. Unsure]]);

        Assert.Equal(Unsure, answers.data<float>().ToArray());
        Assert.Equal([2], network.ExitsCalled);
    }

    [Fact]
    public void Nan_never_exits_early()
    {
        using SplitLogits network = Evaluating();

        using Tensor answers = Forward(network, [[.. Broken, .. Broken, .. Unsure]]);

        Assert.Equal(Unsure, answers.data<float>().ToArray());
    }

    [Fact]
    public void Nan_at_the_last_exit_is_an_error_that_names_the_exit_and_the_row()
    {
        using SplitLogits network = Evaluating();

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(
            () => Forward(network, [[.. Sure, .. Sure, .. Sure], [.. Unsure, .. Unsure, .. Broken]]));

        Assert.Contains("'final' gave NaN for row 1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_batch_is_refused()
    {
        using SplitLogits network = Evaluating();
        using Tensor none = empty(0, SplitLogits.Width);

        ArgumentException exception = Assert.Throws<ArgumentException>(() => network.forward(none));

        Assert.Contains("SplitLogits: the batch is empty", exception.Message, StringComparison.Ordinal);
        Assert.Empty(network.StageRows);
        Assert.Throws<ArgumentNullException>(() => network.forward(null!));
    }

    [Fact]
    public void Policy_of_another_network_is_refused_and_the_old_one_stays()
    {
        using SplitLogits network = Evaluating();
        ExitPolicy before = network.Policy;

        ArgumentException exception =
            Assert.Throws<ArgumentException>(() => network.Policy = ExitPolicy.Default(SplitLogits.MakePlan("beef")));

        Assert.Contains("beef", exception.Message, StringComparison.Ordinal);
        Assert.Contains("3f7a", exception.Message, StringComparison.Ordinal);
        Assert.Same(before, network.Policy);
        Assert.Throws<ArgumentNullException>(() => network.Policy = null!);
    }

    [Theory]
    [InlineData(new long[] { -1 }, "[6]")]
    [InlineData(new long[] { 3, 2 }, "[3, 2]")]
    [InlineData(new long[] { 2, 3, 1 }, "[2, 3, 1]")]
    public void Head_that_gives_another_shape_is_named_with_both_shapes(long[] shape, string actual)
    {
        using SplitLogits network = new() { Head = logits => logits.reshape(shape) };
        network.eval();

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(
            () => Forward(network, [[.. Sure, .. Sure, .. Sure], [.. Sure, .. Sure, .. Sure]]));

        Assert.Contains($"'easy' must give logits of shape [2, 3], but gave {actual}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_disposes_everything_but_its_answer()
    {
        using SplitLogits network = Evaluating();
        using Tensor input = tensor(new float[] { 9, 0, 0, 9, 0, 0, 9, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1 }).reshape(2, SplitLogits.Width);
        using Tensor broken = full(1, SplitLogits.Width, float.NaN);

        TensorLeakAssert.NoneLeft(() => network.forward(input).Dispose());
        TensorLeakAssert.NoneLeft(() => Assert.Throws<InvalidOperationException>(() => network.forward(broken)));
    }

    [Fact]
    public void Class_without_generated_code_says_what_is_missing()
    {
        using NotCompiled network = new();
        using Tensor input = ones(1, 1);

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => network.forward(input));

        Assert.Contains("No code was generated for NotCompiled", exception.Message, StringComparison.Ordinal);
        Assert.Contains("[EarlyExitNetwork]", exception.Message, StringComparison.Ordinal);
    }

    private static SplitLogits Evaluating()
    {
        SplitLogits network = new();
        network.eval();
        return network;
    }

    private static Tensor Forward(SplitLogits network, float[][] rows)
    {
        using Tensor input = tensor(rows.SelectMany(row => row).ToArray()).reshape(rows.Length, SplitLogits.Width);
        return network.forward(input);
    }

    private static int FirstExit(float[] row) =>
        Confidence.Score(row.AsSpan(0, SplitLogits.Classes)) >= 0.8f ? 0
        : Entropy.Score(row.AsSpan(SplitLogits.Classes, SplitLogits.Classes)) <= 0.4f ? 1
        : 2;

    private sealed class NotCompiled : EarlyExitModule;
}
