using EarlyExitGen.Cpu.Weights;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>The names of a CPU pipeline's members: a map, and for each kernel call its weights and its shape.</summary>
internal sealed class CpuLayerNames
{
    /// <summary>The members that the pipeline and its base declare.</summary>
    private static readonly string[] Reserved =
    [
        "Answer", "AnswerLast", "AnswerSoFar", "AreOver", "Begin", "Clone", "Compact", "Cores", "CountAgreeing", "CpuPipeline", "Create",
        "Dispose", "End", "Ensemble", "Forward", "GateScore", "IsOver", "Load", "LogitsAt", "Map", "NewClone", "Pack", "Plan", "Policy",
        "Prepare", "ReadGate", "ReadGates", "ReadLogits", "ReadRows", "Remaining", "Remember", "RowAt", "RowsTogether", "Run", "RunRows",
        "Scratch", "ScratchBytes", "Settle", "SettleLast", "ShareWeights", "WeightBytes", "input", "inputs", "limits", "logits", "path",
        "place", "policy", "rows", "weights",
    ];

    private readonly Dictionary<KernelCall, string> names = [];

    public CpuLayerNames(CpuPlan plan)
    {
        NameAllocator allocator = new([.. Reserved, .. Enumerable.Range(0, plan.Maps.Count).Select(Map)]);
        foreach (KernelCall call in InOrder(plan).Where(call => HasWeights(call) || HasShape(call)))
        {
            string path = Main(call).Layer.Path;
            names.Add(call, allocator.Allocate(path.Length > 0 ? WeightNames.ForIdentifier(path) : "layer"));
        }

        Weighted = [.. InOrder(plan).Where(HasWeights)];
        Constants = [.. Enumerable.Range(0, plan.Maps.Count).Where(map => plan.Maps[map] is { IsInArena: false, IsUsed: true })];
        Shapes = [.. InOrder(plan).Where(HasShape)];
        Scratched = [.. InOrder(plan).Where(call =>
            call is ConvolutionCall { Algorithm: not (Direct or Depthwise) } or AttentionCall or MatrixProductCall)];
    }

    private const Cpu.Convolution.ConvolutionAlgorithm Direct = Cpu.Convolution.ConvolutionAlgorithm.Direct;
    private const Cpu.Convolution.ConvolutionAlgorithm Depthwise = Cpu.Convolution.ConvolutionAlgorithm.Depthwise;

    /// <summary>The calls with weights, in the order in which they are packed.</summary>
    public IReadOnlyList<KernelCall> Weighted { get; }

    /// <summary>The maps that hold tensors of the network's own, in the order in which they are packed: after those calls.</summary>
    public IReadOnlyList<int> Constants { get; }

    /// <summary>The calls with a struct of constants.</summary>
    public IReadOnlyList<KernelCall> Shapes { get; }

    /// <summary>The calls that need scratch.</summary>
    public IReadOnlyList<KernelCall> Scratched { get; }

    public string this[KernelCall call] => names[call];

    public static string Map(int map) => $"map{Literals.Of(map)}";

    public static string Shape(string layer) => $"Shape_{layer.TrimStart('@')}";

    /// <summary>The layer that a call is named after: the first one that is work.</summary>
    public static Step Main(KernelCall call) =>
        call.Steps.First(step => step.Layer.Operation is { IsView: false } and not Identity);

    private static IEnumerable<KernelCall> InOrder(CpuPlan plan) =>
        plan.Stages.Concat(plan.Exits).Concat(plan.Gates.Select(gate => gate.Part)).SelectMany(part => part.Calls);

    private static bool HasWeights(KernelCall call) => call is ConvolutionCall or LinearCall or LayerNormCall or GroupNormCall or PReluCall;

    private static bool HasShape(KernelCall call) => call is ConvolutionCall or LinearCall or PoolingCall;
}
