using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Evaluation;

/// <summary>
/// How far an adversary can push inputs past the early exits with changes too small to see. Hong, Kaya, Modoranu and Dumitras, "A
/// Panda? No, It's a Sloth: Slowdown Attacks on Adaptive Multi-Exit Neural Network Inference", 2021, by projected gradient descent.
/// </summary>
/// <param name="Epsilon">The largest change of one pixel.</param>
/// <param name="Steps">The gradient steps.</param>
/// <param name="CostBefore">The average cost of the inputs as they are.</param>
/// <param name="CostAfter">The average cost of the attacked inputs.</param>
/// <param name="NoiseCost">The average cost of inputs with random changes of the same size, to compare with.</param>
/// <param name="NeverExitCost">The most that an input can cost.</param>
/// <param name="EarlyRateBefore">The share that leaves early, as the inputs are.</param>
/// <param name="EarlyRateAfter">The share that leaves early when attacked.</param>
/// <param name="AccuracyBefore">With early exits, as the inputs are.</param>
/// <param name="AccuracyAfter">With early exits, attacked.</param>
public sealed record SlowdownAttack(
    double Epsilon,
    int Steps,
    double CostBefore,
    double CostAfter,
    double NoiseCost,
    double NeverExitCost,
    double EarlyRateBefore,
    double EarlyRateAfter,
    double AccuracyBefore,
    double AccuracyAfter)
{
    /// <summary>How much of what early exit saves the attack takes back: 0 none, 1 all of it.</summary>
    public double Effectiveness => NeverExitCost > CostBefore ? (CostAfter - CostBefore) / (NeverExitCost - CostBefore) : 0;

    /// <summary>Attacks a network and restores its mode. The inputs are not changed.</summary>
    /// <param name="network">The network; gradients flow through its eager stages and exits.</param>
    /// <param name="inputs">[N, …input], floating point.</param>
    /// <param name="labels">N classes, int64.</param>
    /// <param name="policy">The policy that is attacked.</param>
    /// <param name="epsilon">The largest change of one pixel; above 0.</param>
    /// <param name="steps">At least 1.</param>
    /// <param name="costs">What an exit costs; the compiler's MACs when null.</param>
    /// <param name="seed">Of the random changes.</param>
    /// <exception cref="ArgumentException">The exits do not each decide by one criterion on their own logits of classes.</exception>
    public static SlowdownAttack Run(
        EarlyExitModule network,
        Tensor inputs,
        Tensor labels,
        ExitPolicy policy,
        double epsilon,
        int steps = 20,
        CostModel? costs = null,
        int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epsilon);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        SimpleRules.Require(network.Plan, "the slowdown attack knows");
        OneInput.Require(network.Plan, "the slowdown attack knows");
        using DisposeScope scope = NewDisposeScope();
        bool wasTraining = network.training;
        network.eval();
        try
        {
            Tensor attacked = Perturb(network, inputs, policy, epsilon, steps);
            using Generator generator = new((ulong)seed, CPU);
            Tensor signs = randn(inputs.shape, inputs.dtype, CPU, generator: generator).sign().to(inputs.device);
            PolicyEvaluation before = Evaluate(inputs);
            PolicyEvaluation after = Evaluate(attacked);
            return new SlowdownAttack(
                epsilon,
                steps,
                before.AverageCost,
                after.AverageCost,
                Evaluate(inputs + (signs * epsilon)).AverageCost,
                before.NeverExitCost,
                1 - before.Exits[^1].Share,
                1 - after.Exits[^1].Share,
                before.Accuracy,
                after.Accuracy);
        }
        finally
        {
            network.train(wasTraining);
        }

        PolicyEvaluation Evaluate(Tensor images) =>
            Evaluator.Evaluate(RecordedLogits.Record(network, images, labels), policy, costs);
    }

    /// <summary>Moves every early exit's output towards the uniform distribution, which no criterion lets leave.</summary>
    private static Tensor Perturb(EarlyExitModule network, Tensor inputs, ExitPolicy policy, double epsilon, int steps)
    {
        Tensor attacked = inputs.detach().clone();
        if (!Enumerable.Range(0, policy.Network.Exits.Length - 1).Any(policy.IsEnabled)) return attacked;

        // Enough to cross the allowed range and come back.
        double step = 2.5 * epsilon / steps;
        for (int taken = 0; taken < steps; taken++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor point = attacked.detach().clone().requires_grad_(true);
            ExitLogits all = network.ForwardAll(point);
            Tensor distance = zeros([], inputs.dtype, inputs.device);
            for (int exit = 0; exit < all.Count - 1; exit++)
            {
                if (policy.IsEnabled(exit)) distance -= nn.functional.log_softmax(all[exit], 1).mean();
            }

            Tensor gradient = autograd.grad([distance], [point], allow_unused: true)[0];
            using IDisposable still = no_grad();
            Tensor change = (attacked - (gradient.sign() * step) - inputs).clamp(-epsilon, epsilon);
            attacked = (inputs + change).MoveToOuterDisposeScope();
        }

        return attacked;
    }
}
