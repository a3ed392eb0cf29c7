using System.Diagnostics;
using System.Globalization;
using EarlyExitGen.Criteria;
using EarlyExitGen.Exits;
using static TorchSharp.torch;

namespace EarlyExitGen.Benchmarks;

/// <summary>
/// What each criterion costs for one row of logits, in time and managed bytes, beside the TorchSharp operations that compute the same
/// number on the CPU. Contenders take turns; times are medians over the rounds.
/// </summary>
internal static class CriteriaBenchmark
{
    private const int Rounds = 31;
    private const int CallsPerRound = 2_000;

    private static readonly int[] Classes = [10, 100, 1_000];

    private delegate float Score(ReadOnlySpan<float> logits);

    private delegate float TensorScore(Tensor logits);

    public static void Run()
    {
        using IDisposable noGradient = no_grad();
        set_num_threads(1);

        // The just-in-time compiler is no part of the figures; it finishes in the background.
        foreach (int classes in Classes) MeasureAll(classes, (_, _) => { });
        Thread.Sleep(1_000);

        Console.WriteLine("criterion             classes     ours ns   bytes   TorchSharp ns   bytes    ratio");
        foreach (int classes in Classes)
        {
            MeasureAll(classes, (name, costs) => Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-20}{classes,9:N0}{costs[0].Nanoseconds,12:N1}{costs[0].Bytes,8:N0}{costs[1].Nanoseconds,16:N0}" +
                $"{costs[1].Bytes,8:N0}{costs[1].Nanoseconds / costs[0].Nanoseconds,9:N0}")));
        }
    }

    private static void MeasureAll(int classes, Action<string, Cost[]> report)
    {
        void compare(string name, Score ours, TensorScore theirs) => report(name, Measure(name, classes, ours, theirs));

        ExitState state = NewState(classes);
        compare("confidence", Confidence.Score, logits => Read(nn.functional.softmax(logits, 0).max()));
        compare("entropy", Entropy.Score, EntropyOf);
        compare("normalized entropy", NormalizedEntropy.Score, logits => EntropyOf(logits) / MathF.Log(classes));
        compare("margin", Margin.Score, MarginOf);
        compare("energy", Energy.Score, logits => -Read(logits.logsumexp(0)));
        compare("label confidence", LabelConfidence.Score, logits => Read(logits.abs().min().sigmoid()));

        // A gate's value is one number of its own, here the first of the logits; those are looked at for NaN alone.
        compare("gate", logits => Outputs.GateScore(logits[0], logits), logits => GateOf(logits[0], logits));

        // One exit's share of the work: does it agree with the exit before, and its part of the mean. The number is not compared.
        report("patience", Measure(
            "patience",
            classes,
            logits => state.CountAgreeing(0, logits),
            logits => logits.argmax().item<long>(),
            isSameNumber: false));
        report("ensemble", Measure(
            "ensemble",
            classes,
            logits => state.Ensemble(0, 0, logits)[0],
            logits => Read((nn.functional.log_softmax(logits, 0) + logits)[0]),
            isSameNumber: false));
    }

    // Agreement and ensembles need a network: one with a patient exit and weights.
    private static ExitState NewState(int classes)
    {
        ExitPlan patient = new("patient", "", 0, ExitCriterion.Patience, 2, null, null, null);
        ExitPlan last = new("last", "", 0, null, float.NaN, null, null, null);
        NetworkPlan plan = new("Benchmarked", classes, [], "", [], [patient, last]) { EnsembleWeights = [1, 1] };
        return new ExitState(plan, ExitPolicy.Default(plan));
    }

    private static Cost[] Measure(string name, int classes, Score ours, TensorScore theirs, bool isSameNumber = true)
    {
        float[] logits = new float[classes];
        for (int index = 0; index < classes; index++) logits[index] = MathF.Sin(index * 1.7f) * 4;
        using Tensor tensor = TorchSharp.torch.tensor(logits);
        Func<float>[] contenders = [() => ours(logits), () => Scoped(theirs, tensor)];
        float difference = MathF.Abs(ours(logits) - Scoped(theirs, tensor));
        if (isSameNumber && !(difference <= 1e-5f)) throw new InvalidOperationException($"{name} over {classes} classes differs by {difference}.");

        List<double>[] times = [[], []];
        long[] bytes = new long[2];
        for (int round = -5; round < Rounds; round++)
        {
            for (int contender = 0; contender < contenders.Length; contender++)
            {
                // Scores are too short for one reading of the clock; an operation of TorchSharp is not.
                int calls = contender == 0 ? CallsPerRound : CallsPerRound / 20;
                long before = GC.GetAllocatedBytesForCurrentThread();
                long start = Stopwatch.GetTimestamp();
                float sum = 0;
                for (int call = 0; call < calls; call++) sum += contenders[contender]();
                double nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds / calls;
                if (float.IsNaN(sum)) throw new InvalidOperationException($"{name} over {classes} classes is NaN.");
                bytes[contender] = (GC.GetAllocatedBytesForCurrentThread() - before) / calls;
                if (round >= 0) times[contender].Add(nanoseconds);
            }
        }

        return [.. times.Select((values, contender) => new Cost(values.Order().ElementAt(values.Count / 2), bytes[contender]))];
    }

    private static float Scoped(TensorScore score, Tensor logits)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        return score(logits);
    }

    private static float Read(Tensor value) => value.item<float>();

    private static float EntropyOf(Tensor logits)
    {
        Tensor logs = nn.functional.log_softmax(logits, 0);
        return -Read((logs.exp() * logs).sum());
    }

    private static float GateOf(Tensor gate, Tensor logits) => logits.isnan().any().item<bool>() ? float.NaN : Read(gate.sigmoid());

    private static float MarginOf(Tensor logits)
    {
        (Tensor values, _) = nn.functional.softmax(logits, 0).topk(2);
        return Read(values[0] - values[1]);
    }

    private readonly record struct Cost(double Nanoseconds, long Bytes);
}
