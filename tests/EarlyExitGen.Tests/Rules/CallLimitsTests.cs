using EarlyExitGen.CpuRuntime;
using EarlyExitGen.Tests.Networks;
using EarlyExitGen.TorchRuntime;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.Rules;

/// <summary>Calls with a deadline, a cancellation token or a budget: they answer as well as they can, and say why they ended.</summary>
public sealed class CallLimitsTests
{
    private static readonly CallLimits TimeIsUp = new() { Deadline = 1 };

    private static readonly CallLimits Cancelled = new() { Cancellation = new CancellationToken(canceled: true) };

    public static TheoryData<ExitReason> Reasons => [ExitReason.Deadline, ExitReason.Cancelled, ExitReason.Budget];

    [Theory]
    [MemberData(nameof(Reasons))]
    public void A_call_that_is_over_gives_the_first_exit_and_the_reason(ExitReason reason) => WithPipelines((network, torch, cpu) =>
    {
        CallLimits limits = Limits(network, reason, exit: 0);
        using Tensor batch = randn(5, 1, 12, 12);
        using Tensor input = batch.narrow(0, 0, 1);
        using Tensor logits = empty(1, 10);
        using Tensor batchLogits = empty(5, 10);
        ExitDecision[] decisions = new ExitDecision[5];
        float[] scores = new float[10];
        using ExitLogits all = network.ForwardAll(batch);

        ExitDecision one = torch.Forward(input, logits, limits);
        torch.Forward(batch, batchLogits, decisions, limits);
        ExitDecision fromCpu = cpu.Forward(input.data<float>().ToArray(), scores, limits);

        Assert.Equal((0, reason), (one.Exit, one.Reason));
        Assert.Equal((0, reason), (fromCpu.Exit, fromCpu.Reason));
        Assert.All(decisions, decision => Assert.Equal((0, reason), (decision.Exit, decision.Reason)));
        TensorAssert.Close(all[0], batchLogits);
        using Tensor first = all[0].narrow(0, 0, 1);
        TensorAssert.Close(first, logits);
        using Tensor cpuLogits = tensor(scores).reshape(1, 10);
        TensorAssert.Close(first, cpuLogits);
    });

    [Fact]
    public void A_budget_reaches_the_deepest_exit_that_it_pays_for() => WithPipelines((network, torch, cpu) =>
    {
        using Tensor input = randn(1, 1, 12, 12);
        using Tensor logits = empty(1, 10);
        float[] pixels = input.data<float>().ToArray();
        for (int exit = 0; exit < 3; exit++)
        {
            CallLimits enough = Limits(network, ExitReason.Budget, exit);
            CallLimits tooLittle = new() { Macs = enough.Macs - 1 };

            Assert.Equal(exit, torch.Forward(input, logits, enough).Exit);
            Assert.Equal(exit, cpu.Forward(pixels, new float[10], enough).Exit);
            if (exit == 0)
            {
                ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(
                    () => torch.Forward(input, logits, tooLittle));
                Assert.Contains($"'easy', costs {enough.Macs} MACs", error.Message, StringComparison.Ordinal);
                Assert.Throws<ArgumentOutOfRangeException>(() => cpu.Forward(pixels, new float[10], tooLittle));
            }
            else
            {
                Assert.Equal(exit - 1, torch.Forward(input, logits, tooLittle).Exit);
            }
        }

        // The head of an exit that is off is not paid for.
        torch.Policy = torch.Policy.WithDisabled(0);
        long middle = network.Plan.Exits[1].CumulativeMacs!.Value - network.Plan.Exits[0].Macs!.Value;
        Assert.Equal(1, torch.Forward(input, logits, new CallLimits { Macs = middle }).Exit);
    });

    [Fact]
    public void Limits_that_are_not_reached_change_nothing() => WithPipelines((network, torch, cpu) =>
    {
        CallLimits wide = CallLimits.Within(TimeSpan.FromHours(1)) with { Macs = long.MaxValue };
        using Tensor input = randn(1, 1, 12, 12);
        using Tensor logits = empty(1, 10);

        Assert.Equal(torch.Forward(input, logits), torch.Forward(input, logits, wide));
        Assert.Equal(ExitReason.LastExit, torch.Forward(input, logits, wide).Reason);
        Assert.Equal(ExitReason.LastExit, cpu.Forward(input.data<float>().ToArray(), new float[10], wide).Reason);
    });

    [Fact]
    public void An_input_that_no_exit_can_answer_so_far_goes_on_although_time_is_up() => WithPipelines((network, torch, _) =>
    {
        using Tensor input = randn(1, 1, 12, 12);
        using Tensor logits = empty(1, 10);
        torch.Policy = torch.Policy.WithDisabled(0).WithDisabled(1);

        Assert.Equal((2, ExitReason.LastExit), Decided(torch.Forward(input, logits, TimeIsUp)));

        torch.Policy = ExitPolicy.Default(network.Plan).WithDepth(1, 1);
        Assert.Equal((1, ExitReason.MaximumDepth), Decided(torch.Forward(input, logits, Cancelled)));
    });

    private static (int, ExitReason) Decided(ExitDecision decision) => (decision.Exit, decision.Reason);

    private static CallLimits Limits(ThreeExits network, ExitReason reason, int exit) => reason switch
    {
        ExitReason.Deadline => TimeIsUp,
        ExitReason.Cancelled => Cancelled,
        _ => new CallLimits { Macs = network.Plan.Exits[exit].CumulativeMacs },
    };

    private static void WithPipelines(Action<ThreeExits, EarlyExitTorchPipeline, EarlyExitCpuPipeline> test)
    {
        random.manual_seed(7);
        using ThreeExits network = new();
        network.eval();
        using ThreeExits.TorchPipeline torch = network.Freeze();
        using ThreeExits.CpuPipeline cpu = network.FreezeForCpu();
        torch.Policy = cpu.Policy = ExitPolicy.Create(network.Plan, float.NegativeInfinity, float.PositiveInfinity);
        test(network, torch, cpu);
    }
}
