using EarlyExitGen.Lab.Calibration;
using EarlyExitGen.Lab.Evaluation;
using FashionMnist.Images;

namespace EarlyExitGen.Examples.Tests;

public sealed class CalibrationTests(ITestOutputHelper output)
{
    [Fact]
    public void Over_200_resplits_of_real_logits_a_promise_holds_in_95_percent_and_tuned_thresholds_do_not()
    {
        RecordedLogits pool = TrainedLogits.Pool.Value;
        PromiseCheck check = PromiseCheck.Run(
            pool,
            risk: 0.01,
            confidence: 0.95,
            samples: 800,
            draws: 200,
            options: new CalibrationOptions { SearchEffort = 200_000 },
            cancellation: TestContext.Current.CancellationToken);
        output.WriteLine(check.ToString());
        Assert.True(check.Promised.HeldOnPool >= 190, check.Promised.ToString());
        Assert.True(check.PromisedDrop.HeldOnPool >= 190, check.PromisedDrop.ToString());
        Assert.True(check.Tuned.HeldOnPool < 190, check.Tuned.ToString());
        Assert.True(check.Promised.AverageCost < 0.9, $"The promises let too little leave early: {check.Promised}");
    }

    [Fact]
    public void Temperature_scaling_lowers_the_calibration_error_of_every_exit_on_images_that_it_has_not_seen()
    {
        RecordedLogits pool = TrainedLogits.Pool.Value;
        const int Halves = 20;
        for (int exit = 0; exit < pool.Exits; exit++)
        {
            double before = 0;
            double after = 0;
            for (int half = 0; half < Halves; half++)
            {
                (RecordedLogits seen, RecordedLogits unseen) = pool.Split(0.5, half);
                float temperature = TemperatureFit.Of(seen, exit).Temperature;
                before += ReliabilityDiagram.Of(unseen, exit).ExpectedCalibrationError / Halves;
                after += ReliabilityDiagram.Of(unseen, exit, temperature).ExpectedCalibrationError / Halves;
            }

            output.WriteLine($"exit {exit}: {before:P2} to {after:P2}");
            Assert.True(after < before, $"exit {exit}: {before} to {after}");
        }
    }

    [Fact]
    public void No_image_is_both_trained_on_and_held_out()
    {
        ImageSet images = FashionMnistFolder.Read(FashionMnistFolder.IncludedPath).Training;
        CalibrationSplit split = CalibrationSplit.Of(images);
        Assert.Equal(10_000, split.Training.Count);
        Assert.Equal(2_000, split.HeldOut.Count);
        Assert.Equal(images.Select([5, 11, 17]).Hash(), split.HeldOut.Take(3).Hash());
        Assert.Equal(images.Select([0, 1, 2, 3, 4, 6]).Hash(), split.Training.Take(6).Hash());
    }
}
