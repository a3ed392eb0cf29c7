using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <summary>
/// Plans the CPU pipeline: which kernels run in which order, what they compute together, and where every feature map lies. Only for
/// networks whose layers and shapes are all known; for others it says what is in the way.
/// </summary>
internal sealed partial class CpuPlanner
{
    // Far above what a CPU pipeline is for, and low enough that no product of two sizes within a kernel overflows.
    private const long LargestMap = 1 << 26;
    private const long LargestSize = 1 << 20;

    // Four tiles of eight rows: enough for the weights to be loaded seldom, and few enough for the rows to stay in the nearest cache.
    private const int MostRowsTogether = 32;

    private readonly List<CpuBuffer> buffers = [];
    private List<KernelCall> calls = [];
    private CpuObstacle? obstacle;
    private int clock;

    // The part that is being planned: what each of its values is, and when each of its steps runs.
    private LoweredPart part = null!;
    private FusedLayers[] groups = [];
    private Value?[] values = [];
    private readonly HashSet<int> passedOn = [];

    private CpuPlanner()
    {
    }

    /// <summary>The plan, or why there is none.</summary>
    public static CpuVerdict Run(LoweredNetwork network)
    {
        CpuPlanner planner = new();
        CpuPlan? plan = planner.Plan(network);
        return new CpuVerdict(plan, plan is null ? planner.obstacle : null);
    }

    private CpuPlan? Plan(LoweredNetwork network)
    {
        NetworkModel model = network.Model;
        if (model.ExtraInputs is [var extra, ..])
        {
            return Stop<CpuPlan>(null, $"it takes the extra input '{extra.Name}', and the CPU pipeline takes one input");
        }

        if (model.InputType != ElementType.Float32)
        {
            return Stop<CpuPlan>(null, $"its input is {model.InputType}, and the CPU kernels take Float32");
        }

        if (TensorShape.OfInput(model.Input) is not { } input) return Stop<CpuPlan>(null, "its input's shape is not declared");
        if (MakeInput(input, network.Stages[0]) is not { } features) return null;

        List<CpuPart> stages = [];
        List<CpuPart> exits = [];
        List<CpuGate> gates = [];
        foreach (LoweredPart stage in network.Stages)
        {
            if (PlanPart(stage, features, isStage: true) is not { } placed) return null;
            features = placed;
            stages.Add(new CpuPart(new([.. calls]), features.Buffer.Index));
            for (int exit = exits.Count; exit < model.Exits.Count && model.Exits[exit].Stage == stages.Count - 1; exit++)
            {
                if (network.GateOf(exit) is { } gate)
                {
                    string name = $"gate '{model.Exits[exit].Gate!.Member.Name}'";
                    if (PlanHead(gate, features, name, values: 1, "value") is not { } plannedGate) return null;
                    gates.Add(new CpuGate(exit, plannedGate));
                }

                string head = $"exit '{model.Exits[exit].Member.Name}'";
                if (PlanHead(network.Exits[exit], features, head, model.Classes, "logits") is not { } planned) return null;
                exits.Add(planned);
            }
        }

        if (!BordersFit()) return null;
        int together = RowsTogether([.. stages, .. exits, .. gates.Select(gate => gate.Part)]);
        int length = CpuArena.Place(buffers, together);
        return new CpuPlan(
            new([.. buffers.Select(buffer => buffer.ToMap())]), length, together, new([.. stages]), new([.. exits]), new([.. gates]));
    }

    /// <summary>
    /// How many rows of a batch to take through each layer together. A vector by itself uses each weight once; where all maps are
    /// vectors, several of them are rows, whose weights are loaded once for all.
    /// </summary>
    private int RowsTogether(IEnumerable<CpuPart> parts)
    {
        bool areRows = buffers.All(buffer => buffer is { Height: 1, Width: 1, Border: 0, IsExclusive: false, Constant: null, Layout: not MapLayout.Planar })
            && parts.SelectMany(part => part.Calls).All(call =>
                call is LinearCall or LayerNormCall or ElementwiseCall { Kind: ElementwiseKind.Add }
                || call is ActivationCall { Activation: var activation, Input.Channels: var features }
                    && (features % Block == 0 || !CpuFusion.FillsUnusedLanes(activation)));
        return areRows && MostRowsTogether * buffers.Sum(buffer => buffer.Length) <= LargestMap ? MostRowsTogether : 1;
    }

    /// <summary>Plans a part whose values are read by the exit's check.</summary>
    private CpuPart? PlanHead(LoweredPart lowered, Value features, string name, int values, string what)
    {
        if (PlanPart(lowered, features, isStage: false) is not { } head) return null;
        if (head.Shape.Rank != 1 || head.Shape.Dimensions[0] != values)
        {
            return Stop<CpuPart>(null, $"{name} gives {head.Shape}, not {values} {what}");
        }

        return AsVector(head, null) is { } vector ? new CpuPart(new([.. calls]), vector.Map) : null;
    }

    private Value? PlanPart(LoweredPart lowered, Value input, bool isStage)
    {
        part = lowered;
        groups = CpuFusion.Run(lowered);
        values = new Value?[lowered.Steps.Count + 1];
        values[0] = input with { IsShared = !isStage };
        calls = [];
        passedOn.Clear();
        for (int step = 0; step < lowered.Steps.Count; step++)
        {
            // What is computed together runs in place of its last layer.
            if (groups[step].Last != step) continue;
            Step last = lowered.Steps[step];
            if (last.Output is null) return Stop<Value>(last, UnknownShape(last));
            if (PlanGroup(groups[step]) is not { } result) return null;
            if (Counted(result, last.Output, last) is not { } value) return null;
            values[step + 1] = value;
        }

        return values[values.Length - 1];
    }

    private Value? PlanGroup(FusedLayers group)
    {
        Step first = part.Steps[group.First];
        if (first.Layer.Operation is OwnedTensor tensor) return PlanOwnedTensor(first, tensor);
        Value input = values[first.Layer.Inputs[0]]!;
        return first.Layer.Operation switch
        {
            Convolution convolution => PlanConvolution(group, convolution, input),
            Linear => PlanLinear(group, input),
            BatchNorm => PlanBatchNorm(group, input),
            LayerNorm norm => PlanLayerNorm(first, norm, input),
            GroupNorm norm => PlanGroupNorm(group.First, norm, input),
            Activation activation when CpuFusion.HasKernel(activation) || CpuFusion.HasKernelOfItsOwn(activation) =>
                PlanActivation(group, activation, input),
            PReLU { Weights: { } weights } => PlanPRelu(group.First, weights, input),
            MaxPool pool => PlanPool(first, input, "Max", pool.Kernel, pool.Stride, pool.Padding, pool.Dilation),
            AvgPool pool => PlanPool(
                first,
                input,
                pool.CountIncludePad ? "AverageWithPadding" : "AverageWithoutPadding",
                pool.Kernel,
                pool.Stride,
                pool.Padding,
                Ones(pool.Kernel.Count),
                pool.Divisor),
            AdaptiveAvgPool pool => PlanAdaptivePool(first, input, pool.Output.Count),
            Elementwise elementwise => PlanElementwise(first, elementwise.Kind, input, values[first.Layer.Inputs[1]]!),
            ScalarArithmetic arithmetic => PlanScalar(group.First, arithmetic, input),
            Matmul => PlanMatrixProduct(first, input, values[first.Layer.Inputs[1]]!),
            Attention when first.Layer.Inputs.Count > 3 => Stop<Value>(first, "no CPU kernel computes attention with a mask"),
            Attention attention => PlanAttention(
                first, attention.Causal, input, values[first.Layer.Inputs[1]]!, values[first.Layer.Inputs[2]]!),
            Softmax softmax => PlanSoftmax(group.First, softmax, input),
            Concatenate concatenate => PlanConcatenation(first, concatenate),
            Mean mean => PlanMean(first, mean, input),
            Expand => PlanExpansion(group.First, input),
            Permute or Transpose or Select or Narrow => PlanView(group.First, input),

            // The same elements in the same order: the next layer says how it reads them.
            Reshape => PlanReshape(group.First, input),
            Flatten or Squeeze or Unsqueeze or Identity => PassOn(group.First, input),
            _ => Stop<Value>(first, "no CPU kernel computes it"),
        };
    }

    /// <summary>A layer that is no work; the next call's comment names it.</summary>
    private Value PassOn(int index, Value input)
    {
        passedOn.Add(index);
        return input;
    }

    private static string UnknownShape(Step step) => step.Layer.Operation is ModuleCall or MemberCall
        ? "it is an ordinary call, which needs libtorch"
        : "the shape of its result is not known";

    private bool BordersFit()
    {
        foreach (CpuBuffer buffer in buffers)
        {
            if (buffer is { IsReadAsRow: true, Border: > 0 })
            {
                obstacle = new CpuObstacle(null, "a map is both padded by a convolution and read as one row of pixels");
                return false;
            }

            long border = 2L * buffer.Border;
            if (Sizes.Product(buffer.Channels + Block, buffer.Height + border, buffer.Width + border) is not <= LargestMap)
            {
                obstacle = new CpuObstacle(null, $"a map of [{buffer.Channels},{buffer.Height},{buffer.Width}] is too large");
                return false;
            }
        }

        if (buffers.Sum(buffer => buffer.Length) <= LargestMap * 8) return true;
        obstacle = new CpuObstacle(null, "its maps are too large together");
        return false;
    }

    private T? Stop<T>(Step? step, string reason)
    {
        obstacle ??= new CpuObstacle(step?.Layer, reason);
        return default;
    }

    private CpuBuffer? NewBuffer(Step? step, MapLayout layout, long channels, long height, long width, CpuConstant? constant = null)
    {
        if (Sizes.Product(channels + Block, height, width) is not <= LargestMap || channels > LargestSize * Block)
        {
            return Stop<CpuBuffer>(step, $"a map of [{channels},{height},{width}] is too large");
        }

        CpuBuffer buffer = new(buffers.Count, layout, (int)channels, (int)height, (int)width) { Constant = constant };
        buffers.Add(buffer);
        return buffer;
    }

    private CpuBuffer Written(CpuBuffer buffer)
    {
        buffer.UseAt(clock);
        return buffer;
    }

    /// <summary>Adds a call, and notes when each map is needed.</summary>
    /// <param name="others">What it reads beside its input.</param>
    private void Call(KernelCall call, params IEnumerable<MapView> others)
    {
        clock++;
        foreach (MapView view in others.Append(call.Input).Append(call.Output)) buffers[view.Map].UseAt(clock);
        if (call.Steps.Count > 0) call = call with { Steps = new([.. PassedOnTo(call.Steps[0]), .. call.Steps]) };
        calls.Add(call);
    }

    /// <summary>The layers without work of their own through which a step's first input came, for the call to name.</summary>
    private List<Step> PassedOnTo(Step step)
    {
        List<Step> chain = [];
        for (int value = step.Layer.Inputs[0]; value > 0 && passedOn.Contains(value - 1); value = part.Steps[value - 1].Layer.Inputs[0])
        {
            chain.Insert(0, part.Steps[value - 1]);
        }

        return chain;
    }

    /// <summary>What a value of a part is: a map, and the shape that the layers see in it.</summary>
    /// <param name="IsShared">Whether somebody outside this part reads the map later.</param>
    /// <param name="View">
    /// Where the elements lie, in rows of features or a vector; null in a map of pixels, whose elements count channel after channel.
    /// </param>
    /// <param name="Source">The map that this is a copy of where the author sees one memory.</param>
    private sealed record Value(CpuBuffer Buffer, TensorShape Shape, bool IsShared, StridedView? View, CpuBuffer? Source = null);
}
