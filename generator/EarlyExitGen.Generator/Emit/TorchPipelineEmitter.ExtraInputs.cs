namespace EarlyExitGen.Generator.Emit;

/// <content>The forms of the forward pass that name the network's extra inputs.</content>
internal sealed partial class TorchPipelineEmitter
{
    private bool HasExtraInputs => model.ExtraInputs.Count > 0;

    private string ExtraInputs => $"{types["ReadOnlySpan"]}<{types["Tensor"]}> extraInputs";

    /// <summary>
    /// Opens the forward pass for one input under its ordinary head. In a network with extra inputs, that form only says that they are
    /// missing: then it opens the form that takes them, after those that name them.
    /// </summary>
    /// <returns>The tensors of the call, as arguments.</returns>
    private string OpenForward(string head)
    {
        if (!HasExtraInputs)
        {
            code.Open(head);
            return "input, logits";
        }

        code.Line($"{head} => Forward(input, extraInputs: [], logits, limits);");
        WriteTypedForward();
        code.Line();
        code.Line("/// <inheritdoc/>");
        code.Open($"public override {types["ExitDecision"]} Forward({types["Tensor"]} input, {ExtraInputs}, {types["Tensor"]} logits, "
            + $"in {types["CallLimits"]} limits = default)");
        return "input, extraInputs, logits";
    }

    /// <summary>As <see cref="OpenForward"/>, for a batch.</summary>
    private string OpenBatchForward(string head)
    {
        if (!HasExtraInputs)
        {
            code.Open(head);
            return "batch, logits";
        }

        code.Line($"{head} => Forward(batch, extraInputs: [], logits, decisions, limits);");
        WriteTypedBatchForward();
        code.Line();
        code.Line("/// <inheritdoc/>");
        code.Open($"public override void Forward({types["Tensor"]} batch, {ExtraInputs}, {types["Tensor"]} logits, "
            + $"{types["Span"]}<{types["ExitDecision"]}> decisions, in {types["CallLimits"]} limits = default)");
        return "batch, extraInputs, logits";
    }

    /// <summary>Writes the forms of the forward pass for one input that name the extra inputs.</summary>
    private void WriteTypedForward()
    {
        string parameters = $"{types["Tensor"]} input, {ExtraInputWriter.Parameters(model, types)}, {types["Tensor"]} logits";
        string arguments = $"input, {ExtraInputWriter.Together(model)}, logits";
        string inherited = $"{types["EarlyExitTorchPipeline"]}.Forward({types["Tensor"]}, {types["Tensor"]}, in {types["CallLimits"]})";
        foreach (bool hasLimits in (bool[])[false, true])
        {
            code.Line();
            SourceFile.DocumentByReference(code, hasLimits
                ? "Answers one input as well as it can within limits."
                : "Answers one input at the first exit whose conditions hold.");
            code.Line($"/// <inheritdoc cref=\"{inherited}\" path=\"/exception\"/>");
            code.Line("/// <param name=\"input\">[1, …input] on the pipeline's device.</param>");
            ExtraInputWriter.Document(code, model, "1");
            code.Line("/// <param name=\"logits\">Takes the answering exit's logits: float32 [1, classes] on any device.</param>");
            if (hasLimits) code.Line("/// <param name=\"limits\">How far the call may go.</param>");
            string limits = hasLimits ? $", in {types["CallLimits"]} limits" : "";
            code.Line($"public {types["ExitDecision"]} Forward({parameters}{limits}) =>");
            code.Line($"    Forward({arguments}, {(hasLimits ? "limits" : "limits: default")});");
        }
    }

    /// <summary>Writes the forms of the forward pass for a batch that name the extra inputs.</summary>
    private void WriteTypedBatchForward()
    {
        string decisions = $"{types["Span"]}<{types["ExitDecision"]}> decisions";
        string parameters = $"{types["Tensor"]} batch, {ExtraInputWriter.Parameters(model, types)}, {types["Tensor"]} logits, {decisions}";
        string arguments = $"batch, {ExtraInputWriter.Together(model)}, logits, decisions";
        string inherited = $"{types["EarlyExitTorchPipeline"]}.Forward({types["Tensor"]}, {types["Tensor"]}, "
            + $"{types["Span"]}{{{types["ExitDecision"]}}}, in {types["CallLimits"]})";
        foreach (bool hasLimits in (bool[])[false, true])
        {
            code.Line();
            SourceFile.DocumentByReference(code, hasLimits
                ? "Answers every row of a batch as well as it can within limits."
                : "Answers every row of a batch at its own exit; rows keep the caller's order.");
            code.Line($"/// <inheritdoc cref=\"{inherited}\" path=\"/exception\"/>");
            code.Line("/// <param name=\"batch\">[N, …input] on the pipeline's device, N at least 1.</param>");
            ExtraInputWriter.Document(code, model, "N");
            code.Line("/// <param name=\"logits\">Takes each row's logits: float32 [N, classes] on any device.</param>");
            code.Line("/// <param name=\"decisions\">Takes each row's decision; N entries.</param>");
            if (hasLimits) code.Line("/// <param name=\"limits\">How far the call may go. A budget is that of each row.</param>");
            string limits = hasLimits ? $", in {types["CallLimits"]} limits" : "";
            code.Line($"public void Forward({parameters}{limits}) =>");
            code.Line($"    Forward({arguments}, {(hasLimits ? "limits" : "limits: default")});");
        }
    }
}
