using EarlyExitGen.Generator.Lower;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>Writes <c>TorchPipeline</c>, the forward pass over TorchSharp tensors, and <c>Freeze()</c>.</summary>
internal sealed partial class TorchPipelineEmitter
{
    private readonly LoweredNetwork network;
    private readonly NetworkModel model;
    private readonly TypeNames types;
    private readonly CodeWriter code;
    private readonly SlotNames slots;
    private readonly FrozenFields fields;
    private readonly TailFields tails;
    private readonly ExitCheckWriter checks;
    private readonly bool callsModule;
    private readonly bool mayChangeLayout;

    private TorchPipelineEmitter(LoweredNetwork network, CodeWriter code)
    {
        this.network = network;
        this.code = code;
        model = network.Model;
        types = new TypeNames(model.Type.ShadowedNames);
        NameAllocator names = new(
            [OperationWriter.NetworkField, "weights", "call", .. Enumerable.Range(0, Math.Max(2, network.Slots)).Select(OperationWriter.Slot)]);
        slots = new SlotNames(model, names);
        fields = new FrozenFields(network, names, types);
        checks = new ExitCheckWriter(code, model, types);
        callsModule = network.Parts.SelectMany(part => part.Steps).Any(step =>
            step.Layer.Operation is ModuleCall or MemberCall);
        mayChangeLayout = ConvolutionRoutes.MayChangeLayout(network)
            && network.Parts.SelectMany(part => part.Steps).Any(step => step is { Layer.Operation: Convolution { HasWays: true }, Input: not null });
        tails = new TailFields(names, types);
        foreach (Step step in StepsInOrder) tails.Add(step);
    }

    /// <summary>All steps as this pipeline runs them.</summary>
    private IEnumerable<Step> StepsInOrder => network.Parts.SelectMany(part => InOrder(part));

    public static string Emit(LoweredNetwork network) =>
        SourceFile.Write(network, "its forward pass over TorchSharp tensors", code => new TorchPipelineEmitter(network, code).Write());

    private void Write()
    {
        WriteFreeze();
        code.Line();
        SourceFile.DocumentByReference(code, "The forward pass over TorchSharp tensors, without managed allocation.");
        code.Open($"public sealed class TorchPipeline : {types["EarlyExitTorchPipeline"]}");
        WriteFields();
        code.Line();
        WriteConstructor();
        code.Line();
        WriteForward();
        code.Line();
        WriteBatchForward();
        code.Line();
        code.Line("/// <summary>A pipeline for another thread, with the same weights and policy.</summary>");
        code.Line($"public TorchPipeline Clone() => new TorchPipeline({OperationWriter.NetworkField}, ShareWeights()) {{ Policy = Policy }};");
        code.Line();
        WriteRunTo();
        for (int stage = 0; stage < network.Stages.Count; stage++)
        {
            code.Line();
            WriteStage(stage);
            for (int exit = 0; exit < network.Exits.Count; exit++)
            {
                if (model.Exits[exit].Stage != stage) continue;
                code.Line();
                if (network.GateOf(exit) is { } gate) WriteGate(exit, gate);
                WriteExit(exit);
            }
        }

        code.Close();
    }

    private void WriteFields()
    {
        code.Lines(tails.Declarations);
        if (tails.Declarations.Count > 0) code.Line();
        code.Line($"private readonly {model.Type.Name} {OperationWriter.NetworkField};");
        foreach (FrozenField field in fields.All) code.Line($"private {field.Type} {field.Name};");
        for (int slot = 0; slot < network.Slots; slot++) code.Line($"private readonly {types["TensorSlot"]} {OperationWriter.Slot(slot)};");
        foreach (string extra in slots.ExtraInputs) code.Line($"private readonly {types["TensorSlot"]} {extra};");
    }

    private void WriteConstructor()
    {
        string network = OperationWriter.NetworkField;
        code.Line($"internal TorchPipeline({model.Type.Name} {network}, {types["FrozenWeights"]} weights)");
        code.Line($"    : base({network}, Network, weights, global::TorchSharp.torch.ScalarType.{model.InputType}, callsModule: {Literals.Of(callsModule)})");
        code.Open();
        code.Line($"this.{network} = {network};");
        code.Line("Bind(weights);");
        for (int slot = 0; slot < this.network.Slots; slot++) code.Line($"{OperationWriter.Slot(slot)} = NewSlot();");
        foreach (string extra in slots.ExtraInputs) code.Line($"{extra} = NewExtraInput();");
        code.Line($"MeasureCompactions({OperationWriter.Slot(0)});");
        code.Close();
        code.Line();
        code.Line("/// <inheritdoc/>");
        string[] modules = [.. fields.All.Where(field => field.IsReference).Select(field => $"nameof({field.Name})")];
        if (modules.Length > 0) code.Line($"[global::System.Diagnostics.CodeAnalysis.MemberNotNull({string.Join(", ", modules)})]");
        code.Open($"protected override void Bind({types["FrozenWeights"]} weights)");
        foreach (FrozenField field in fields.All) code.Line($"{field.Name} = {field.Value};");
        WriteRoutes();
        WriteLinearRoutes();
        code.Close();
    }

    /// <summary>Has each convolution over maps measured, once, at its first place in the network.</summary>
    private void WriteRoutes()
    {
        if (!mayChangeLayout) return;
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (Step step in StepsInOrder)
        {
            if (step.Layer.Operation is not Convolution { HasWays: true } convolution || step.Input is not { } input) continue;
            if (!seen.Add(step.Layer.Path)) continue;
            if (seen.Count == 1)
            {
                code.Line();
                code.Line("// The convolutions go the way that measures faster: see ConvolutionRoutes.");
            }

            code.Line(
                $"{fields[step]} = weights.Measure({fields[step]}, {Literals.Of(step.Layer.Path)}, input: {Literals.Of(input.Dimensions)}, "
                + $"stride: {Literals.Of(convolution.Stride)}, padding: {Literals.Of(convolution.Padding)}, "
                + $"dilation: {Literals.Of(convolution.Dilation)}, groups: {Literals.Of(convolution.Groups)}"
                + $"{tails.Argument(step)});");
        }

        if (seen.Count > 0) code.Line("weights.ChooseRoutes();");
    }

    /// <summary>Has each linear layer measured, once, at its first place in the network.</summary>
    private void WriteLinearRoutes()
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (Step step in StepsInOrder)
        {
            if (step.Layer.Operation is not Linear || step.Input is not { } input || !seen.Add(step.Layer.Path)) continue;
            if (seen.Count == 1)
            {
                code.Line();
                code.Line("// The linear layers go the way that measures faster: see LinearRoutes.");
            }

            string given = $"{fields[step]}, {Literals.Of(step.Layer.Path)}";
            string shape = Literals.Of(input.Dimensions);
            code.Line(step.Change == StepChange.Flattens
                ? $"{fields[step]} = weights.MeasureFlattening({given}, map: {shape}{tails.Argument(step)});"
                : $"{fields[step]} = weights.MeasureLinear({given}, input: {shape}{tails.Argument(step)});");
        }
    }

    private void WriteForward()
    {
        string forward = $"{types["EarlyExitTorchPipeline"]}.Forward({types["Tensor"]}, {types["Tensor"]}";
        string parameters = $"{types["Tensor"]} input, {types["Tensor"]} logits";
        SourceFile.Document(code, network, "Answers one input at the first exit whose conditions hold.");
        code.Line($"/// <inheritdoc cref=\"{forward})\" path=\"/param|/exception|/returns\"/>");
        code.Line($"public override {types["ExitDecision"]} Forward({parameters}) => Forward(input, logits, limits: default);");
        code.Line();
        SourceFile.DocumentByReference(code, "Answers one input as well as it can within limits.");
        code.Line($"/// <inheritdoc cref=\"{forward}, in {types["CallLimits"]})\" path=\"/param|/exception|/returns\"/>");
        string given = OpenForward($"public override {types["ExitDecision"]} Forward({parameters}, in {types["CallLimits"]} limits)");
        code.Line($"if (FallbackReason is not null) return ForwardManaged({given}, limits);");
        code.Line();
        code.Line("WarnOfChangedWeights();");
        code.Line($"{types["ExitPolicy"]} policy = Begin({given}, limits, features);");
        code.Open("try");
        PartsWriter.ForEachPart(
            code,
            network,
            exit => code.Line($"if (IsOver(nextExit: {Literals.Of(exit)})) return AnswerSoFar(logits);"),
            exit => checks.Write(
                exit,
                runHead: $"{PartsWriter.ExitMethod(model.Exits[exit])}();",
                headLogits: $"ReadLogits({Head(exit)}, exit: {Literals.Of(exit)})",
                runGate: PartsWriter.RunGate(model.Exits[exit]),
                gateValue: $"ReadGate({Gate(exit)}, exit: {Literals.Of(exit)})"));
        code.Close();
        code.Open("finally");
        code.Line($"End({given});");
        code.Close();
        code.Close();
    }

    private void WriteBatchForward()
    {
        string forward = $"{types["EarlyExitTorchPipeline"]}.Forward({types["Tensor"]}, {types["Tensor"]}, "
            + $"{types["Span"]}{{{types["ExitDecision"]}}}";
        string parameters = $"{types["Tensor"]} batch, {types["Tensor"]} logits, {types["Span"]}<{types["ExitDecision"]}> decisions";
        SourceFile.DocumentByReference(code, "Answers every row of a batch at its own exit; rows keep the caller's order.");
        code.Line($"/// <inheritdoc cref=\"{forward})\" path=\"/param|/exception\"/>");
        code.Line($"public override void Forward({parameters}) => Forward(batch, logits, decisions, limits: default);");
        code.Line();
        SourceFile.DocumentByReference(code, "Answers every row of a batch as well as it can within limits.");
        code.Line($"/// <inheritdoc cref=\"{forward}, in {types["CallLimits"]})\" path=\"/param|/exception\"/>");
        string given = OpenBatchForward($"public override void Forward({parameters}, in {types["CallLimits"]} limits)");
        code.Open("if (FallbackReason is not null)");
        code.Line($"ForwardManaged({given}, decisions, limits);");
        code.Line("return;");
        code.Close();
        code.Line();
        code.Line("WarnOfChangedWeights();");
        code.Line($"{types["ExitPolicy"]} policy = BeginBatch({given}, decisions, limits, features);");
        code.Open("try");
        code.Line("ForwardRows(policy);");
        code.Line("WriteBatch(logits, decisions);");
        code.Close();
        code.Open("finally");
        code.Line($"End({given});");
        code.Close();
        code.Close();
        code.Line();
        code.Line("// Returns as soon as every row has its answer.");
        code.Open($"private void ForwardRows({types["ExitPolicy"]} policy)");
        PartsWriter.ForEachPart(
            code,
            network,
            exit => code.Line($"if (AreOver(nextExit: {Literals.Of(exit)})) return;"),
            exit => checks.WriteRows(
                exit,
                runHead: $"{PartsWriter.ExitMethod(model.Exits[exit])}();",
                allLogits: $"ReadRows({Head(exit)}, exit: {Literals.Of(exit)})",
                compact: $"Compact({OperationWriter.Slot(0)}, exit: {Literals.Of(exit)})",
                runGate: PartsWriter.RunGate(model.Exits[exit]),
                allGates: $"ReadGates({Gate(exit)}, exit: {Literals.Of(exit)})",
                settleElsewhere: model.ScoresOnDevice(exit) ? $"SettleOnDevice({Head(exit)}, exit: {Literals.Of(exit)}, policy)" : null));
        code.Close();
    }

    private void WriteRunTo()
    {
        code.Line("/// <inheritdoc/>");
        code.Open("protected override void RunTo(int exit)");
        code.Open("switch (exit)");
        int stage = 0;
        for (int exit = 0; exit < network.Exits.Count; exit++)
        {
            code.OpenCase(Literals.Of(exit));
            for (; stage <= model.Exits[exit].Stage; stage++) code.Line($"{PartsWriter.StageMethod(model.Stages[stage])}();");
            if (PartsWriter.RunGate(model.Exits[exit]) is { } runGate) code.Line(runGate);
            code.Line($"{PartsWriter.ExitMethod(model.Exits[exit])}();");
            code.CloseCase();
        }

        code.Close();
        code.Close();
    }

    private void WriteStage(int stage)
    {
        LoweredPart part = network.Stages[stage];
        code.Line($"// stage {PartsWriter.Explain(model.Stages[stage].Member, part)}");
        code.Open($"private void {PartsWriter.StageMethod(model.Stages[stage])}()");
        WriteSteps(part);
        if (part.OutputSlot != 0) code.Line($"features.Set(Alias({slots[part.OutputSlot]}));");
        code.Close();
    }

    private void WriteExit(int exit)
    {
        code.Line($"// exit {Literals.Of(exit)} {PartsWriter.Explain(model.Exits[exit].Member, network.Exits[exit])}");
        code.Open($"private void {PartsWriter.ExitMethod(model.Exits[exit])}()");
        WriteSteps(network.Exits[exit]);
        code.Close();
    }

    private void WriteGate(int exit, LoweredPart gate)
    {
        code.Line($"// gate of exit {Literals.Of(exit)} {PartsWriter.Explain(model.Exits[exit].Gate!.Member, gate)}");
        code.Open($"private void {PartsWriter.GateMethod(model.Exits[exit])}()");
        WriteSteps(gate);
        code.Close();
        code.Line();
    }

    private void WriteSteps(LoweredPart part)
    {
        OperationWriter writer = new(code, model, part, fields, tails, slots, types);
        foreach (Step step in InOrder(part)) writer.Write(step);
    }

    /// <summary>The steps of a part as this pipeline runs them.</summary>
    private EquatableArray<Step> InOrder(LoweredPart part)
    {
        LoweredPart joined = LayerTails.Run(PoolingFirst.Run(part), IsUsedOnce, mayChangeLayout);
        return mayChangeLayout ? FlattenFolding.Run(joined, IsUsedOnce).Steps : joined.Steps;
    }

    private bool IsUsedOnce(string path) => network.Parts.SelectMany(part => part.Steps).Count(step => step.Layer.Path == path) == 1;

    private string Head(int exit) => slots[network.Exits[exit].OutputSlot];

    private string? Gate(int exit) => network.GateOf(exit) is { } gate ? slots[gate.OutputSlot] : null;
}
