using System.Collections.Immutable;
using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Tests.Evaluation;

public sealed class NetworkEvaluationTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly QuadrantNet net = ToyImages.Trained.Value;

    public void Dispose()
    {
        net.Policy = ExitPolicy.Default(net.Plan);
        net.eval();
        scope.Dispose();
    }

    [Fact]
    public void A_replayed_policy_decides_as_the_network_does()
    {
        (Tensor images, Tensor labels) = ToyImages.Make(300, seed: 77);
        RecordedLogits recorded = RecordedLogits.Record(net, images, labels, batchSize: 300);
        ExitPolicy[] policies =
        [
            ExitPolicy.Default(net.Plan),
            ExitPolicy.Default(net.Plan).WithTemperature(0, 2.5f).WithTemperature(1, 0.7f),
            ExitPolicy.Default(net.Plan).WithTemperature(1, 1.5f).WithDisabled(0),
            ExitPolicy.Default(net.Plan).WithDisabled(0).WithDisabled(1),
        ];
        foreach (ExitPolicy policy in policies)
        {
            net.Policy = policy;
            using Tensor answers = net.forward(images).detach();
            float[] logits = answers.data<float>().ToArray();
            int[] left = new ExitTable(recorded, policy).Replay(policy);
            for (int row = 0; row < 300; row++)
            {
                // The logits of no two exits are this close, so they tell the exit that answered.
                float[] answer = logits[(row * 4)..((row + 1) * 4)];
                int nearest = Enumerable.Range(0, 3).MinBy(exit => Distance(recorded, exit, row, answer));
                Assert.Equal(left[row], nearest);
                Assert.InRange(Distance(recorded, nearest, row, answer), 0, 1e-4);
            }
        }
    }

    [Fact]
    public void Recording_keeps_the_mode_and_does_not_depend_on_the_batch_size()
    {
        (Tensor images, Tensor labels) = ToyImages.Make(50, seed: 5);
        net.train();
        RecordedLogits whole = RecordedLogits.Record(net, images, labels);
        Assert.True(net.training);
        RecordedLogits parts = RecordedLogits.Record(net, images, labels, batchSize: 7);
        for (int row = 0; row < 50; row++) Assert.Equal(whole.Row(2, row)[1], parts.Row(2, row)[1], 1e-5f);
    }

    [Fact]
    public void An_attack_keeps_more_inputs_in_than_noise_of_the_same_size()
    {
        (Tensor images, Tensor labels) = ToyImages.Make(200, seed: 8);
        using Tensor before = images.clone();
        SlowdownAttack attack = SlowdownAttack.Run(net, images, labels, ExitPolicy.Default(net.Plan), epsilon: 0.4);
        Assert.True(attack.CostAfter > attack.NoiseCost, attack.ToString());
        Assert.True(attack.CostAfter > attack.CostBefore, attack.ToString());
        Assert.True(attack.EarlyRateAfter < attack.EarlyRateBefore);
        Assert.InRange(attack.Effectiveness, 0.1, 1);
        Assert.True(before.equal(images).all().item<bool>());
    }

    [Fact]
    public void Shifted_images_are_evaluated_beside_those_that_are_not()
    {
        (Tensor images, Tensor labels) = ToyImages.Make(200, seed: 9);
        ImmutableArray<ShiftEvaluation> shifts = ShiftEvaluation.Evaluate(net, images, labels, ExitPolicy.Default(net.Plan));
        PolicyEvaluation plain = Evaluator.Evaluate(RecordedLogits.Record(net, images, labels), ExitPolicy.Default(net.Plan));
        Assert.Equal(9, shifts.Length);
        Assert.Equal(plain.Accuracy, shifts[0].Accuracy);
        Assert.Equal(plain.AverageCost, shifts[0].AverageCost, 1e-9);
        Assert.True(shifts.Single(shift => shift.Shift == "rotation, 45°").FullDepthAccuracy < plain.FullDepthAccuracy);
    }

    [Fact]
    public void Shifts_do_what_their_names_say()
    {
        Tensor images = zeros([1, 1, 9, 9]);
        images[0, 0, 2, 6] = tensor(1f);
        Assert.Equal(1f, ImageShift.Rotate(images, 90)[0, 0, 2, 2].item<float>(), 1e-5f);
        Assert.Equal(1f, ImageShift.Rotate(images, 180)[0, 0, 6, 2].item<float>(), 1e-5f);
        Assert.Equal(1f, ImageShift.Blur(images, 0.5).sum().item<float>(), 1e-5f);
        Assert.True(ImageShift.Blur(images, 1)[0, 0, 2, 6].item<float>() < 0.5f);
        Assert.Equal(images.mean().item<float>(), ImageShift.Contrast(images, 0).max().item<float>(), 1e-6f);
        Assert.True(ImageShift.Contrast(images, 1).allclose(images));
        Assert.True(ImageShift.Noise(images, 0.1, seed: 3).equal(ImageShift.Noise(images, 0.1, seed: 3)).all().item<bool>());
        Assert.Equal(2f, ImageShift.Noise(zeros([1, 1, 200, 200]), 2, seed: 3).std().item<float>(), 0.05f);
        Assert.Throws<ArgumentException>(() => ImageShift.Blur(zeros([3, 3]), 1));
    }

    [Fact]
    public void A_real_network_is_calibrated_and_promised()
    {
        (Tensor images, Tensor labels) = ToyImages.Make(3000, seed: 10);
        RecordedLogits recorded = RecordedLogits.Record(net, images, labels);
        CalibrationResult result = Calibrator.CalibrateWithRisk(recorded, risk: 0.02, confidence: 0.95);
        net.Policy = ExitPolicy.Parse(net.Plan, result.Policy.ToJson());
        Assert.Equal(result.Policy.Id, net.Policy.Id);
        Assert.True(result.Policy.Calibration!.AverageCost < result.Costs.FullDepth);
    }

    private static double Distance(RecordedLogits recorded, int exit, int row, float[] answer)
    {
        float[] logits = recorded.Row(exit, row).ToArray();
        return logits.Zip(answer, (one, other) => Math.Abs((double)one - other)).Max();
    }
}
