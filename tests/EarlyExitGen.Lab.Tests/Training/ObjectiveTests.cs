using EarlyExitGen.Lab.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Lab.Tests.Training;

/// <summary>
/// One step of plain gradient descent on one batch moves each weight by minus its gradient, so that the step shows the objective's
/// gradient, which is compared with one computed from the definition.
/// </summary>
[Collection(RandomNumbers.Name)]
public class ObjectiveTests
{
    [Fact]
    public void Uniform_weights_sum_the_losses() => StepIs(Runs.Options(), losses => losses[0] + losses[1] + losses[2]);

    [Fact]
    public void Linear_weights_grow_with_depth() => StepIs(
        Runs.Options() with { LossWeights = LossWeights.LinearInDepth },
        losses => (losses[0] / 3) + (losses[1] * 2 / 3) + losses[2]);

    [Fact]
    public void Fixed_weights_are_used_as_given() => StepIs(
        Runs.Options() with { LossWeights = LossWeights.Fixed(0.3, 0, 2) }, losses => (losses[0] * 0.3) + (losses[2] * 2));

    [Fact]
    public void Scheduled_weights_begin_at_zero() => StepIs(
        Runs.Options() with { LossWeights = LossWeights.Scheduled(moment => [moment, 1 - moment, 1]) }, losses => losses[1] + losses[2]);

    [Fact]
    public void Scheduled_weights_move_through_the_phase()
    {
        List<double> moments = [];
        LossWeights weights = LossWeights.Scheduled(moment =>
        {
            moments.Add(moment);
            return [1, 1, 1];
        });
        Runs.Final(Runs.Options() with { Epochs = 2, LossWeights = weights });

        // The first is the trainer's own look at whether the weights fit the network.
        Assert.Equal([0, 0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875], moments);
    }

    [Fact]
    public void Learned_weights_start_as_uniform_ones_and_then_differ()
    {
        StepIs(Runs.Options() with { LossWeights = LossWeights.LearnedByUncertainty }, losses => losses[0] + losses[1] + losses[2]);
        Assert.NotEqual(
            Runs.Final(Runs.Options()), Runs.Final(Runs.Options() with { LossWeights = LossWeights.LearnedByUncertainty }));
    }

    [Fact]
    public void Learned_weights_follow_the_definition_step_by_step()
    {
        const int steps = 5;
        const double rate = 0.1;
        using SmallNet expected = Still();
        expected.train();
        (Tensor inputs, Tensor labels) = SmallNet.Points(Runs.BatchSize, 5);
        using Parameter logVariances = Parameter(zeros(3));
        Parameter[] all = [.. expected.parameters(), logVariances];
        for (int step = 0; step < steps; step++)
        {
            foreach (Parameter parameter in all) parameter.grad = null;
            Tensor losses = stack(expected.ForwardAll(inputs).Select(exit => functional.cross_entropy(exit, labels)));
            ((losses * (-logVariances).exp()) + (logVariances / 2)).sum().backward();
            using IDisposable still = no_grad();
            foreach (Parameter parameter in all) parameter.sub_(parameter.grad! * rate);
        }

        using SmallNet trained = Still();
        TrainingOptions options = Runs.Options() with
        {
            Epochs = steps,
            LossWeights = LossWeights.LearnedByUncertainty,
            Optimizer = parameters => optim.SGD(parameters, rate),
        };
        Runs.Fit(trained, options, TrainingBatches.FromTensors(inputs, labels, Runs.BatchSize, shuffle: false));

        // Far from uniform weights by now, or the comparison would show nothing.
        Assert.True(logVariances.abs().max().item<float>() > 0.1);
        foreach ((string name, Parameter parameter) in trained.named_parameters())
        {
            Assert.True(parameter.allclose(expected.get_parameter(name)!, 1e-4, 1e-6), name);
        }
    }

    [Fact]
    public void Distillation_mixes_the_labels_with_the_last_exit()
    {
        const double temperature = 3;
        const double weight = 0.7;
        TrainingOptions options = Runs.Options() with { Distillation = new SelfDistillation(temperature, weight) };
        StepIs(options, (losses, logits) =>
        {
            Tensor teacher = functional.softmax(logits[2].detach() / temperature, 1);
            Tensor sum = losses[2];
            for (int exit = 0; exit < 2; exit++)
            {
                // KL and cross-entropy with a constant teacher differ by a constant, which has no gradient.
                Tensor soft = -(teacher * functional.log_softmax(logits[exit] / temperature, 1)).sum(1).mean();
                sum = sum + (losses[exit] * (1 - weight)) + (soft * weight * temperature * temperature);
            }

            return sum;
        });
    }

    [Fact]
    public void Equilibrium_gives_each_stage_the_mean_of_the_gradients_behind_it()
    {
        Dictionary<string, double> share = new() { ["stem"] = 1.0 / 3, ["body"] = 1.0 / 2, ["deep"] = 1 };
        StepIs(
            Runs.Options() with { GradientFlow = GradientFlow.Equilibrium },
            (losses, _) => losses[0] + losses[1] + losses[2],
            name => share.GetValueOrDefault(name[..name.IndexOf('.', StringComparison.Ordinal)], 1));
    }

    [Fact]
    public void Rescaled_gradients_reach_the_backbone_by_their_factor_and_the_heads_in_full()
    {
        TrainingOptions options = Runs.Options() with { GradientFlow = GradientFlow.Rescaled(0, 0.25, 1) };
        StepIs(options, losses => (losses[1] * 0.25) + losses[2], "stem", "body", "deep");
        StepIs(options, losses => losses[0] + losses[1] + losses[2], "early", "middle", "last");
    }

    [Fact]
    public void Clipping_limits_the_norm_of_the_whole_step()
    {
        const double most = 0.01;
        using SmallNet before = Still();
        using SmallNet after = Step(Runs.Options() with { ClipGradientNorm = most });
        double sum = before.named_parameters().Zip(after.named_parameters())
            .Sum(pair => (pair.Second.parameter - pair.First.parameter).square().sum().to(ScalarType.Float64).item<double>());
        Assert.Equal(most, Math.Sqrt(sum), 4);
    }

    [Fact]
    public void What_does_not_fit_the_network_or_its_range_is_an_error()
    {
        Assert.Throws<ArgumentException>(() => Runs.Final(Runs.Options() with { LossWeights = LossWeights.Fixed(1, 1) }));
        Assert.Throws<ArgumentException>(() => Runs.Final(Runs.Options() with { LossWeights = LossWeights.Fixed(1, 1, -1) }));
        Assert.Throws<ArgumentException>(() => Runs.Final(Runs.Options() with { GradientFlow = GradientFlow.Rescaled(1, 1) }));
        Assert.Throws<ArgumentException>(() => GradientFlow.Rescaled(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SelfDistillation(temperature: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SelfDistillation(weight: 1.5));
    }

    private static void StepIs(TrainingOptions options, Func<Tensor[], Tensor> objective, params string[] parts) =>
        StepIs(options, (losses, _) => objective(losses), _ => 1, parts);

    private static void StepIs(TrainingOptions options, Func<Tensor[], Tensor[], Tensor> objective) => StepIs(options, objective, _ => 1);

    /// <param name="options">What to train with.</param>
    /// <param name="objective">The objective, from the exits' losses and logits.</param>
    /// <param name="factor">What a parameter's gradient is to be multiplied by.</param>
    /// <param name="parts">The members whose parameters are compared; all when there are none.</param>
    private static void StepIs(
        TrainingOptions options, Func<Tensor[], Tensor[], Tensor> objective, Func<string, double> factor, params string[] parts)
    {
        using SmallNet expected = Still();
        (Tensor inputs, Tensor labels) = SmallNet.Points(Runs.BatchSize, 5);
        Tensor[] logits = [.. expected.ForwardAll(inputs)];
        Tensor[] losses = [.. logits.Select(exit => functional.cross_entropy(exit, labels))];
        objective(losses, logits).backward();

        using SmallNet start = Still();
        using SmallNet trained = Step(options);
        foreach ((string name, Parameter parameter) in trained.named_parameters())
        {
            if (parts.Length > 0 && !parts.Contains(name.Split('.')[0])) continue;
            Tensor step = start.get_parameter(name)! - parameter;
            Tensor gradient = (expected.get_parameter(name)!.grad ?? zeros_like(parameter)) * factor(name);
            Assert.True(step.allclose(gradient, 1e-4, 1e-6), $"{name}: off by {(step - gradient).abs().max().item<float>()}");
        }
    }

    private static SmallNet Step(TrainingOptions options)
    {
        SmallNet net = Still();
        (Tensor inputs, Tensor labels) = SmallNet.Points(Runs.BatchSize, 5);
        Runs.Fit(
            net,
            options with { Epochs = 1, Optimizer = parameters => optim.SGD(parameters, 1) },
            TrainingBatches.FromTensors(inputs, labels, Runs.BatchSize, shuffle: false));
        return net;
    }

    /// <summary>A network without dropout, so that two forward passes agree.</summary>
    private static SmallNet Still()
    {
        SmallNet net = SmallNet.Seeded(3);
        foreach (Dropout dropout in net.modules().OfType<Dropout>()) dropout.p = 0;
        return net;
    }
}
