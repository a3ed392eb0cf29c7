using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>Writes <c>CpuPipeline</c>, the forward pass over the CPU kernels, and <c>FreezeForCpu()</c>.</summary>
internal sealed class CpuPipelineEmitter
{
    private static readonly string[] Usings =
    [
        "System",
        "System.Runtime.CompilerServices",
        "EarlyExitGen",
        "EarlyExitGen.Cpu.Activations",
        "EarlyExitGen.Cpu.Attention",
        "EarlyExitGen.Cpu.Convolution",
        "EarlyExitGen.Cpu.Linear",
        "EarlyExitGen.Cpu.Matrices",
        "EarlyExitGen.Cpu.Memory",
        "EarlyExitGen.Cpu.Normalization",
        "EarlyExitGen.Cpu.Pooling",
        "EarlyExitGen.Cpu.Weights",
        "EarlyExitGen.CpuRuntime",
        "EarlyExitGen.Criteria",
    ];

    private readonly LoweredNetwork network;
    private readonly NetworkModel model;
    private readonly CpuPlan plan;
    private readonly TypeNames types;
    private readonly CodeWriter code;
    private readonly CpuLayerNames layers;
    private readonly KernelCallWriter kernels;
    private readonly ExitCheckWriter checks;

    private CpuPipelineEmitter(LoweredNetwork network, CpuPlan plan, CodeWriter code)
    {
        this.network = network;
        this.plan = plan;
        this.code = code;
        model = network.Model;
        types = new TypeNames(model.Type.ShadowedNames);
        layers = new CpuLayerNames(plan);
        kernels = new KernelCallWriter(code, plan, layers, types);
        checks = new ExitCheckWriter(code, model, types);
    }

    /// <summary>Whether rows of a batch go through the parts together, so that their methods take how many.</summary>
    private bool TakesRows => plan.RowsTogether > 1;

    // When the pipeline is made, so that the first call is as fast as any.
    private string CompiledWellAtOnce => $"[{types["MethodImplAttribute"]}({types["MethodImplOptions"]}.AggressiveOptimization)]";

    private string Span => $"{types["Span"]}<float>";

    private string ReadOnlySpan => $"{types["ReadOnlySpan"]}<float>";

    public static string Emit(LoweredNetwork network, CpuPlan plan) => SourceFile.Write(
        network, "its forward pass over the CPU kernels", Usings, code => new CpuPipelineEmitter(network, plan, code).Write());

    private void Write()
    {
        SourceFile.DocumentByReference(
            code, $"Compiles the network with its present weights into a {model.Type.DisplayName}.CpuPipeline, which needs no libtorch.");
        code.Line("/// <returns>A pipeline for one thread. Later training does not change it.</returns>");
        code.Line($"public CpuPipeline FreezeForCpu() => CpuPipeline.Create({types["ModuleSnapshot"]}.Of(this), Policy);");
        code.Line();
        SourceFile.DocumentByReference(code, "The forward pass over the CPU kernels, without libtorch and without allocation.");
        code.Open($"public sealed class CpuPipeline : {types["EarlyExitCpuPipeline"]}");
        WriteFields();
        code.Line();
        WriteConstructor();
        code.Line();
        WriteMaking();
        code.Line();
        WriteForward();
        if (TakesRows) WriteForwardOfRows();
        WriteParts();
        code.Line();
        WritePack();
        foreach (KernelCall call in layers.Shapes)
        {
            code.Line();
            kernels.WriteShape(call);
        }

        code.Close();
    }

    private void WriteFields()
    {
        for (int map = 0; map < plan.Maps.Count; map++)
        {
            if (plan.Maps[map].IsInArena || plan.Maps[map].IsUsed) code.Line($"private readonly {types["ArenaBuffer"]} {CpuLayerNames.Map(map)};");
        }

        foreach (KernelCall call in layers.Weighted) code.Line($"private readonly {types["ArenaBuffer"]} {layers[call]};");
    }

    private void WriteConstructor()
    {
        string scratch = string.Concat(layers.Scratched.Select(kernels.ScratchLength).Distinct().Select(length => $", {length}"));
        code.Line($"private CpuPipeline({types["PackedWeights"]} weights, {types["ExitPolicy"]} policy)");
        code.Line($"    : base({ModuleEmitter.Plan}, weights, policy, maps: {Literals.Of(plan.Length)}{scratch})");
        code.Open();
        for (int map = 0; map < plan.Maps.Count; map++)
        {
            CpuMap planned = plan.Maps[map];
            if (!planned.IsInArena) continue;
            string place = $"offset: {Literals.Of(planned.Offset)}, length: {Literals.Of(plan.RowsTogether * planned.Length)}";
            string together = TakesRows ? $"{Literals.Of(plan.RowsTogether)} rows of " : "";
            code.Line($"{CpuLayerNames.Map(map)} = Map({place}); // {together}{Explain(planned)}");
        }

        int layer = 0;
        foreach (KernelCall call in layers.Weighted) code.Line($"{layers[call]} = weights[{Literals.Of(layer++)}];");
        foreach (int map in layers.Constants)
        {
            code.Line($"{CpuLayerNames.Map(map)} = weights[{Literals.Of(layer++)}]; // {plan.Maps[map].Constant!.Path}: {Explain(plan.Maps[map])}");
        }

        code.Close();
    }

    private void WriteMaking()
    {
        SourceFile.DocumentByReference(
            code, "Loads the weights and the policy of a file that SaveForCpu wrote. Needs neither libtorch nor TorchSharp.");
        code.Line("/// <param name=\"path\">The file.</param>");
        code.Line("/// <returns>A pipeline for one thread, whose first call is as fast as any.</returns>");
        string damaged = types["WeightsFileException"];
        code.Line($"/// <exception cref=\"{damaged}\">The file is damaged, of another network, or was changed.</exception>");
        code.Line("/// <exception cref=\"global::System.IO.IOException\">The file can't be read.</exception>");
        code.Open("public static CpuPipeline Load(string path)");
        code.Line($"{types["CpuWeightsFile"]} file = {types["CpuWeightsFile"]}.Read(path, {ModuleEmitter.Plan});");
        code.Line("return Create(file.Tensors, file.Policy);");
        code.Close();
        code.Line();
        code.Open($"internal static CpuPipeline Create({types["SafetensorsFile"]} weights, {types["ExitPolicy"]} policy)");
        code.Line($"CpuPipeline pipeline = new CpuPipeline({types["PackedWeights"]}.Pack(weights, Pack), policy);");
        code.Line("pipeline.Prepare();");
        code.Line("return pipeline;");
        code.Close();
        code.Line();
        code.Line("/// <summary>A pipeline for another thread, with the same weights and policy.</summary>");
        code.Line("public CpuPipeline Clone() => new CpuPipeline(ShareWeights(), Policy);");
        code.Line();
        code.Line("/// <inheritdoc/>");
        code.Line($"protected override {types["EarlyExitCpuPipeline"]} NewClone() => Clone();");
    }

    private void WriteForward()
    {
        string forward = $"{types["EarlyExitCpuPipeline"]}.Forward({types["ReadOnlySpan"]}{{float}}, {types["Span"]}{{float}}";
        SourceFile.Document(code, network, "Answers one input at the first exit whose conditions hold.");
        code.Line($"/// <inheritdoc cref=\"{forward})\" path=\"/param|/exception|/returns\"/>");
        code.Line(
            $"public override {types["ExitDecision"]} Forward({ReadOnlySpan} input, {Span} logits) => "
            + "Forward(input, logits, limits: default);");
        code.Line();
        SourceFile.DocumentByReference(code, "Answers one input as well as it can within limits.");
        code.Line($"/// <inheritdoc cref=\"{forward}, in {types["CallLimits"]})\" path=\"/param|/exception|/returns\"/>");
        code.Open(
            $"public override {types["ExitDecision"]} Forward({ReadOnlySpan} input, {Span} logits, in {types["CallLimits"]} limits)");
        code.Line($"{types["ExitPolicy"]} policy = Begin(input, logits, limits);");
        code.Open("try");
        code.Line("return Run(input, logits, policy);");
        code.Close();
        code.Open("finally");
        code.Line("End();");
        code.Close();
        code.Close();
        code.Line();
        code.Line("/// <inheritdoc/>");
        code.Line(CompiledWellAtOnce);
        code.Open($"protected override {types["ExitDecision"]} Run({ReadOnlySpan} input, {Span} logits, {types["ExitPolicy"]} policy)");
        kernels.WriteLoad();
        code.Line();
        string rows = TakesRows ? "rows: 1" : "";
        PartsWriter.ForEachPart(
            code,
            network,
            exit => code.Line($"if (IsOver(nextExit: {Literals.Of(exit)})) return AnswerSoFar(logits);"),
            exit => checks.Write(
                exit,
                runHead: $"{PartsWriter.ExitMethod(model.Exits[exit])}({rows});",
                headLogits: $"ReadLogits({CpuLayerNames.Map(plan.Exits[exit].Output)})",
                runGate: PartsWriter.RunGate(model.Exits[exit], rows),
                gateValue: plan.GateOf(exit) is { } gate ? $"ReadGate({CpuLayerNames.Map(gate.Output)})" : null),
            rows);
        code.Close();
    }

    /// <summary>Rows of a batch through each layer together, where every layer works on rows of features.</summary>
    private void WriteForwardOfRows()
    {
        code.Line();
        code.Line("/// <inheritdoc/>");
        code.Line($"protected override int RowsTogether => {Literals.Of(plan.RowsTogether)};");
        code.Line();
        code.Line("/// <inheritdoc/>");
        code.Line(CompiledWellAtOnce);
        code.Open($"protected override void RunRows({ReadOnlySpan} inputs, {types["ExitPolicy"]} policy)");
        kernels.WriteLoadRows();
        code.Line();
        PartsWriter.ForEachPart(
            code,
            network,
            exit => code.Line($"if (AreOver(nextExit: {Literals.Of(exit)})) return;"),
            exit => checks.WriteRows(
                exit,
                runHead: $"{PartsWriter.ExitMethod(model.Exits[exit])}(Remaining);",
                allLogits: $"ReadRows({CpuLayerNames.Map(plan.Exits[exit].Output)})",
                compact: $"Compact({CpuLayerNames.Map(plan.Stages[model.Exits[exit].Stage].Output)})",
                runGate: PartsWriter.RunGate(model.Exits[exit], "Remaining"),
                allGates: plan.GateOf(exit) is { } gate ? $"ReadGates({CpuLayerNames.Map(gate.Output)})" : null),
            "Remaining");
        code.Close();
    }

    private void WriteParts()
    {
        for (int stage = 0; stage < plan.Stages.Count; stage++)
        {
            code.Line();
            code.Line($"// stage {PartsWriter.Explain(model.Stages[stage].Member, network.Stages[stage])}");
            WritePart(PartsWriter.StageMethod(model.Stages[stage]), plan.Stages[stage]);
            for (int exit = 0; exit < plan.Exits.Count; exit++)
            {
                if (model.Exits[exit].Stage != stage) continue;
                code.Line();
                if (plan.GateOf(exit) is { } gate)
                {
                    string explained = PartsWriter.Explain(model.Exits[exit].Gate!.Member, network.GateOf(exit)!);
                    code.Line($"// gate of exit {Literals.Of(exit)} {explained}");
                    WritePart(PartsWriter.GateMethod(model.Exits[exit]), gate);
                    code.Line();
                }

                code.Line($"// exit {Literals.Of(exit)} {PartsWriter.Explain(model.Exits[exit].Member, network.Exits[exit])}");
                WritePart(PartsWriter.ExitMethod(model.Exits[exit]), plan.Exits[exit]);
            }
        }
    }

    private void WritePart(string method, CpuPart part)
    {
        code.Open($"private void {method}({(TakesRows ? "int rows" : "")})");
        foreach (KernelCall call in part.Calls) kernels.WriteCall(call);
        code.Close();
    }

    private void WritePack()
    {
        code.Line("// Each layer's weights as its kernel reads them.");
        code.Open($"private static void Pack({types["WeightPacker"]} weights)");
        foreach (KernelCall call in layers.Weighted) kernels.WritePack(call);
        foreach (int map in layers.Constants) kernels.WritePack(plan.Maps[map]);
        code.Close();
    }

    private static string Explain(CpuMap map)
    {
        string shape = map switch
        {
            { Layout: MapLayout.Rows } => $"{map.Height} rows of {map.Channels}",
            { Height: 1, Width: 1 } => $"[{map.Channels}]",
            _ => $"[{map.Channels},{map.Height},{map.Width}]",
        };
        string planar = map.Layout == MapLayout.Planar ? ", planar" : "";
        string border = map.Border > 0 ? $", border {map.Border}" : "";
        return shape + planar + border;
    }
}
