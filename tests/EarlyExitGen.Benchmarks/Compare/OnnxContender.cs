using EarlyExitGen.Criteria;
using Microsoft.ML.OnnxRuntime;
using static TorchSharp.torch;

namespace EarlyExitGen.Benchmarks.Compare;

/// <summary>
/// ONNX Runtime: a session for each stage with its head, so that it can stop at the same exits, and one session for the network without
/// early exits. One thread, all optimisations, every tensor bound beforehand.
/// </summary>
internal sealed class OnnxContender : IContender
{
    private const string InputName = "input";
    private const string FeaturesName = "features";
    private const string LogitsName = "logits";

    private readonly NetworkPlan plan;
    private readonly int rows;
    private readonly SessionOptions options;
    private readonly RunOptions runOptions = new();
    private readonly List<Segment> segments = [];
    private readonly Segment whole;
    private ExitPolicy policy;
    private Segment last;
    private bool withExits = true;

    public OnnxContender(EarlyExitModule network, float[] batch, int rows)
    {
        plan = network.Plan;
        this.rows = rows;
        policy = ExitPolicy.Default(plan);
        options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
        };
        Dictionary<string, nn.Module> modules = network.named_children().ToDictionary(child => child.name, child => child.module);
        long[] shape = [rows, .. plan.Input.Select(size => (long)size)];
        float[] features = batch;
        for (int exit = 0; exit < plan.Exits.Length; exit++)
        {
            OnnxGraph graph = new();
            OnnxExport export = new(graph);
            graph.Input(InputName, shape);
            string value = export.Add(modules[plan.Stages[exit].Name], InputName);
            bool isLast = exit == plan.Exits.Length - 1;
            long[] output = [rows, .. plan.Stages[exit].Output.Select(size => (long)size)];
            string head = export.Add(modules[plan.Exits[exit].Name], value);
            graph.Node("Identity", [head], LogitsName);
            graph.Output(LogitsName, rows, plan.Classes);
            if (!isLast)
            {
                graph.Node("Identity", [value], FeaturesName);
                graph.Output(FeaturesName, output);
            }

            Segment segment = new(this, graph, features, shape, isLast ? null : output);
            segments.Add(segment);
            (shape, features) = (output, segment.Features);
        }

        whole = Whole(modules, batch);
        last = segments[^1];
    }

    public string Name => "ONNX Runtime";

    public float FirstLogit => last.Logits[0];

    public void LeaveAt(int? exit)
    {
        withExits = exit is not null;
        policy = Policies.LeaveAt(plan, exit);
    }

    public void Call()
    {
        if (!withExits)
        {
            last = whole;
            whole.Run(runOptions);
            for (int row = 0; row < rows; row++) _ = ArgMax.Of(Row(whole, row));
            return;
        }

        for (int exit = 0; exit < segments.Count; exit++)
        {
            last = segments[exit];
            last.Run(runOptions);
            int leaving = 0;
            for (int row = 0; row < rows; row++)
            {
                ReadOnlySpan<float> logits = Row(last, row);
                ExitCriterion criterion = plan.Exits[exit].Criterion ?? ExitCriterion.Of<Confidence>();
                if (exit < segments.Count - 1 && !criterion.ShouldExit(criterion.Score(logits), policy[exit])) continue;
                _ = ArgMax.Of(logits);
                leaving++;
            }

            if (leaving == rows) return;
        }
    }

    public void Dispose()
    {
        foreach (Segment segment in segments) segment.Dispose();
        whole.Dispose();
        runOptions.Dispose();
        options.Dispose();
    }

    private ReadOnlySpan<float> Row(Segment segment, int row) => segment.Logits.AsSpan(row * plan.Classes, plan.Classes);

    private Segment Whole(Dictionary<string, nn.Module> modules, float[] batch)
    {
        OnnxGraph graph = new();
        OnnxExport export = new(graph);
        long[] shape = [rows, .. plan.Input.Select(size => (long)size)];
        graph.Input(InputName, shape);
        string value = plan.Stages.Aggregate(InputName, (features, stage) => export.Add(modules[stage.Name], features));
        graph.Node("Identity", [export.Add(modules[plan.Exits[^1].Name], value)], LogitsName);
        graph.Output(LogitsName, rows, plan.Classes);
        return new Segment(this, graph, batch, shape, output: null);
    }

    /// <summary>A session with its tensors bound.</summary>
    private sealed class Segment : IDisposable
    {
        private readonly InferenceSession session;
        private readonly OrtIoBinding binding;
        private readonly List<OrtValue> values = [];

        public Segment(OnnxContender owner, OnnxGraph graph, float[] input, long[] shape, long[]? output)
        {
            session = new InferenceSession(graph.ToModel(), owner.options);
            binding = session.CreateIoBinding();
            Logits = new float[owner.rows * owner.plan.Classes];
            Features = output is null ? [] : new float[output.Aggregate(1L, (product, size) => product * size)];
            binding.BindInput(InputName, Wrap(input, shape));
            binding.BindOutput(LogitsName, Wrap(Logits, [owner.rows, owner.plan.Classes]));
            if (output is not null) binding.BindOutput(FeaturesName, Wrap(Features, output));
        }

        public float[] Logits { get; }

        public float[] Features { get; }

        public void Run(RunOptions options) => session.RunWithBinding(options, binding);

        public void Dispose()
        {
            binding.Dispose();
            foreach (OrtValue value in values) value.Dispose();
            session.Dispose();
        }

        private OrtValue Wrap(float[] elements, long[] shape)
        {
            OrtValue value = OrtValue.CreateTensorValueFromMemory(elements, shape);
            values.Add(value);
            return value;
        }
    }
}
