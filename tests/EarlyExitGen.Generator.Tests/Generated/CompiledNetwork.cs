using System.Reflection;
using EarlyExitGen.CpuRuntime;
using EarlyExitGen.Criteria;
using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.Generator.Tests;

/// <summary>A network that was compiled and loaded by a test, with random weights.</summary>
internal sealed class CompiledNetwork : IDisposable
{
    private const double Tolerance = 1e-5;

    private CompiledNetwork(EarlyExitModule module, EarlyExitTorchPipeline pipeline) => (Module, Pipeline) = (module, pipeline);

    public EarlyExitModule Module { get; }

    public EarlyExitTorchPipeline Pipeline { get; }

    public static CompiledNetwork Create(Assembly assembly) =>
        Create(assembly.GetTypes().Single(candidate => candidate.IsAssignableTo(typeof(EarlyExitModule))));

    public static CompiledNetwork Create(Type type)
    {
        random.manual_seed(11);
        if (type.ContainsGenericParameters)
        {
            type = type.MakeGenericType([.. type.GetGenericArguments().Select(_ => typeof(string))]);
        }

        EarlyExitModule module = Construct(type);
        Randomize(module);
        module.eval();
        return new CompiledNetwork(module, (EarlyExitTorchPipeline)type.GetMethod("Freeze", [])!.Invoke(module, null)!);
    }

    /// <summary>The network's CPU pipeline, or null when it has none.</summary>
    public EarlyExitCpuPipeline? FreezeForCpu() =>
        (EarlyExitCpuPipeline?)Module.GetType().GetMethod("FreezeForCpu")?.Invoke(Module, null);

    public ExitPolicy ForcedExit(int exit)
    {
        float[] thresholds = new float[Module.Plan.Exits.Length - 1];
        for (int index = 0; index < thresholds.Length; index++)
        {
            bool firesAtInfinity = Module.Plan.Exits[index].Criterion!.ShouldExit(0, float.PositiveInfinity);
            thresholds[index] = (index == exit) == firesAtInfinity ? float.PositiveInfinity : float.NegativeInfinity;
        }

        ExitPolicy policy = ExitPolicy.Create(Module.Plan, thresholds);
        for (int condition = 1; condition <= Module.Plan.Exits[exit].FurtherConditions.Length; condition++)
        {
            ExitCriterion criterion = Module.Plan.Exits[exit].FurtherConditions[condition - 1].Criterion;
            bool firesAtInfinity = criterion.ShouldExit(0, float.PositiveInfinity);
            policy = policy.WithCondition(exit, condition, firesAtInfinity ? float.PositiveInfinity : float.NegativeInfinity);
        }

        // Where exits look at each other, none before this one may run. Elsewhere they must: a head may write to the features.
        bool lookAtEachOther = !Module.Plan.EnsembleWeights.IsEmpty
            || Module.Plan.Fallback == Fallback.MostConfident
            || Module.Plan.Exits.Any(other => other.Combination == Combination.Any);
        return lookAtEachOther ? policy.WithDepth(exit, Module.Plan.Exits.Length - 1) : policy;
    }

    public Tensor RandomBatch(int rows)
    {
        long[] sample = Module.Plan.Input.IsEmpty ? [3, 9, 9] : [.. Module.Plan.Input.Select(size => (long)size)];
        bool isTokens = Module.Plan.Input.Length == 1 && Module.named_modules().Any(pair => pair.module is TorchSharp.Modules.Embedding);
        return isTokens ? randint(0, 50, [rows, .. sample], dtype: ScalarType.Int64) : randn([rows, .. sample]);
    }

    /// <summary>The extra inputs of a batch, the same for each batch of as many rows: each row is masked after another length.</summary>
    public Tensor[] ExtraInputs(Tensor batch)
    {
        int rows = (int)batch.size(0);
        ScalarType precision = Module.parameters().First().dtype;
        return
        [
            .. Module.Plan.ExtraInputs.Select(extra =>
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor length = (arange(rows, dtype: ScalarType.Int64) * 5).remainder(extra.Shape[0]) + 1;
                Tensor mask = arange(extra.Shape[0], dtype: ScalarType.Int64).unsqueeze(0) < length.unsqueeze(1);
                foreach (int size in extra.Shape.Skip(1))
                {
                    mask = mask.unsqueeze(-1).logical_xor(arange(size, dtype: ScalarType.Int64).remainder(3) == 0);
                }

                Tensor typed = extra.Type switch
                {
                    ElementType.Bool => mask,
                    ElementType.Int64 => mask.to(ScalarType.Int64),
                    _ => mask.to(precision),
                };
                return typed.MoveToOuterDisposeScope();
            }),
        ];
    }

    public Tensor Eager(Tensor batch, int exit)
    {
        using IDisposable noGradient = no_grad();
        using ExitLogits all = Module.ForwardAll(batch, ExtraInputs(batch));

        // No other exit runs before this one, so that an ensemble is this exit's own share of it.
        return Module.Plan.EnsembleWeights.IsEmpty ? all[exit].clone() : nn.functional.log_softmax(all[exit], 1);
    }

    public Tensor EarlyExit(Tensor batch) => Module.forward(batch, ExtraInputs(batch));

    public Tensor ForwardOne(Tensor input, int exit)
    {
        Tensor logits = empty(1, Module.Plan.Classes);
        ExitDecision decision = Pipeline.Forward(input, ExtraInputs(input), logits);
        Assert.Equal(exit, decision.Exit);
        return logits;
    }

    public Tensor ForwardBatch(Tensor batch, int exit)
    {
        int rows = (int)batch.size(0);
        Tensor logits = empty(rows, Module.Plan.Classes);
        ExitDecision[] decisions = new ExitDecision[rows];
        Pipeline.Forward(batch, ExtraInputs(batch), logits, decisions);
        Assert.All(decisions, decision => Assert.Equal(exit, decision.Exit));
        return logits;
    }

    /// <summary>The logits of a batch from a CPU pipeline, every row of which must leave at one exit.</summary>
    public static Tensor ForwardForCpu(EarlyExitCpuPipeline pipeline, Tensor batch, int exit)
    {
        int rows = (int)batch.size(0);
        float[] logits = new float[rows * pipeline.Plan.Classes];
        ExitDecision[] decisions = new ExitDecision[rows];
        pipeline.Forward(batch.data<float>().ToArray(), logits, decisions);
        Assert.All(decisions, decision => Assert.Equal(exit, decision.Exit));
        return tensor(logits).reshape(rows, pipeline.Plan.Classes);
    }

    /// <summary>
    /// Compares logits with what TorchSharp gives, and disposes of them: the same within 1e-5 of the largest, or else, in a network where
    /// float32 loses more than that whoever computes it, as close to float64 as four times TorchSharp's own distance.
    /// </summary>
    public Distances Compare(Tensor batch, int exit, Tensor expected, Tensor actual)
    {
        using (actual)
        {
            double difference = Distance(expected, actual);
            if (difference <= Tolerance) return new Distances(difference, null);
            double own = FromDouble(batch, exit, expected);
            Assert.True(
                difference <= 4 * own,
                $"Exit {exit}, {batch.size(0)} rows: the largest relative difference is {difference:g3}; eager is {own:g3} from float64.");
            return new Distances(difference, own);
        }
    }

    public void Dispose()
    {
        Pipeline.Dispose();
        Module.Dispose();
    }

    private static double Distance(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        using DisposeScope scope = NewDisposeScope();
        double largest = expected.abs().max().item<float>();
        double difference = (expected - actual).abs().max().item<float>();
        return largest == 0 ? difference : difference / largest;
    }

    private double FromDouble(Tensor batch, int exit, Tensor expected)
    {
        Module.to(ScalarType.Float64);
        try
        {
            using Tensor precise = batch.is_floating_point() ? batch.to(ScalarType.Float64) : batch.clone();
            using Tensor logits = Eager(precise, exit);
            using Tensor rounded = logits.to(ScalarType.Float32);
            return Distance(rounded, expected);
        }
        finally
        {
            Module.to(ScalarType.Float32);
        }
    }

    // With the defaults of its only constructor.
    private static EarlyExitModule Construct(Type type)
    {
        const BindingFlags any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        ConstructorInfo constructor = type.GetConstructors(any).Single();
        object[] defaults = [.. constructor.GetParameters().Select(_ => Type.Missing)];
        return (EarlyExitModule)constructor.Invoke(any | BindingFlags.OptionalParamBinding, binder: null, defaults, culture: null);
    }

    // Fresh statistics of a batch normalisation are 0 and 1: a wrong fold would not show.
    private static void Randomize(EarlyExitModule module)
    {
        using IDisposable noGradient = no_grad();
        foreach ((string name, Tensor buffer) in module.named_buffers())
        {
            if (name.EndsWith("running_mean", StringComparison.Ordinal)) buffer.uniform_(-0.5, 0.5);
            if (name.EndsWith("running_var", StringComparison.Ordinal)) buffer.uniform_(0.5, 2);
        }

        foreach ((_, TorchSharp.Modules.Parameter parameter) in module.named_parameters())
        {
            // Not what they start from: TorchSharp leaves those of GroupNorm uninitialised.
            if (parameter.dim() == 1) parameter.uniform_(0.5, 1.5);
        }
    }
}

/// <summary>How far logits are from TorchSharp's, over the largest of those.</summary>
/// <param name="Difference">The largest difference.</param>
/// <param name="Own">That between TorchSharp's and float64's; null where it was not needed.</param>
internal readonly record struct Distances(double Difference, double? Own);
