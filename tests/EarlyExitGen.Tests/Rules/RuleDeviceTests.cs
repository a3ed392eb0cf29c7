using EarlyExitGen.Tests.TorchPipeline;
using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Tests.Rules;

/// <summary>Every rule, gates included, where logits and gates are copied to the host, against the eager forward.</summary>
public abstract class RuleDeviceTests(TestDevice device) : DeviceTests(device)
{
    private const int Policies = 25;

    public static TheoryData<string> Networks => RuleTests.Networks;

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_pipeline_decides_as_the_eager_forward_does(string name) => RuleTests.WithPipelines(name, (module, freeze, _) =>
    {
        module.to(Device.Torch);
        for (int seed = 0; seed < Policies; seed++)
        {
            random.manual_seed(seed);
            RandomRules.Fill(module);
            using EarlyExitTorchPipeline pipeline = Device.Run(freeze());
            ExitPolicy policy = module.Policy = pipeline.Policy = RandomRules.Policy(module.Plan, new Random(seed));
            foreach (int rows in new[] { 1, 7, 32 })
            {
                using Tensor batch = Normal(rows, 5);
                using Tensor logits = Empty(rows, module.Plan.Classes);
                ExitDecision[] eager = new ExitDecision[rows];
                ExitDecision[] decisions = new ExitDecision[rows];
                using Tensor expected = module.ForwardEarlyExit(batch, policy, eager);

                pipeline.Forward(batch, logits, decisions);

                RuleTests.RequireSame(module, policy, eager, expected, decisions, logits);
                if (rows > 1) continue;
                decisions[0] = pipeline.Forward(batch, logits);
                RuleTests.RequireSame(module, policy, eager, expected, decisions, logits);
            }
        }
    });

    [Theory]
    [MemberData(nameof(Networks))]
    public void No_rule_allocates_a_managed_byte(string name) => RuleTests.WithPipelines(name, (module, freeze, _) =>
    {
        module.to(Device.Torch);
        random.manual_seed(3);
        RandomRules.Fill(module);
        using EarlyExitTorchPipeline pipeline = Device.Run(freeze());
        using Tensor batch = Normal(7, 5);
        using Tensor input = Normal(1, 5);
        using Tensor logits = Empty(1, module.Plan.Classes);
        using Tensor batchLogits = Empty(7, module.Plan.Classes);
        ExitDecision[] decisions = new ExitDecision[7];

        AllocationAssert.ZeroBytes(() => pipeline.Forward(input, logits), calls: 300);
        AllocationAssert.ZeroBytes(() => pipeline.Forward(batch, batchLogits, decisions), calls: 300);
    });
}

/// <summary>Rules on the CPU, with the copies that a GPU needs.</summary>
[Collection(nameof(RunsAlone))]
public sealed class RulesAsOnDevice() : RuleDeviceTests(TestDevice.CpuAsDevice);

/// <summary>Rules on a GPU.</summary>
[Trait(TestDevice.Trait, TestDevice.CudaTrait)]
[Collection(nameof(RunsAlone))]
public sealed class RulesOnCuda() : RuleDeviceTests(TestDevice.Cuda);

/// <summary>Rules on the CPU, with scores and answers where the logits are.</summary>
[Collection(nameof(RunsAlone))]
public sealed class RulesWithScoresAsOnDevice() : RuleDeviceTests(TestDevice.CpuWithScores);

/// <summary>Rules on a GPU, with scores and answers there.</summary>
[Trait(TestDevice.Trait, TestDevice.CudaTrait)]
[Collection(nameof(RunsAlone))]
public sealed class RulesWithScoresOnCuda() : RuleDeviceTests(TestDevice.CudaWithScores);
