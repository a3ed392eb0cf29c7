using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>Writes the TorchSharp side of a network: registration, the forward that training needs, the plan as data.</summary>
internal static class ModuleEmitter
{
    /// <summary>The expression for the network's plan, anywhere within its class.</summary>
    public const string Plan = "CompiledPlan.Value";

    public static string Emit(LoweredNetwork network) =>
        SourceFile.Write(network, "its registration, the forward pass for training, and its plan", code =>
        {
            TypeNames types = new(network.Model.Type.ShadowedNames);
            WritePlan(code, network, types);
            code.Line();
            WriteRegistration(code, network);
            code.Line();
            WriteForwardAll(code, network, types);
            code.Line();
            WriteCall(code, network, "CallStage", "stage", network.Model.Stages.Select((stage, index) => ((MemberModel, LoweredPart)?)(stage.Member, network.Stages[index])));
            code.Line();
            WriteCall(code, network, "CallExit", "exit", network.Model.Exits.Select((exit, index) => ((MemberModel, LoweredPart)?)(exit.Member, network.Exits[index])));
            if (network.Gates.Count == 0) return;
            code.Line();
            WriteCall(code, network, "CallGate", "exit", network.Model.Exits.Select((exit, index) =>
                network.GateOf(index) is { } gate ? (exit.Gate!.Member, gate) : ((MemberModel, LoweredPart)?)null));
        });

    /// <summary>A call of a stage or exit on the user's own member.</summary>
    /// <param name="member">What is called.</param>
    /// <param name="type">The network's class.</param>
    /// <param name="network">The network as an expression.</param>
    /// <param name="arguments">The arguments.</param>
    public static string Call(MemberModel member, TypeModel type, string network, string arguments)
    {
        string target = $"{(member.IsStatic ? type.Name : network)}.{member.Identifier}";
        string forgiving = member.IsNullable ? "!" : "";
        return member.Kind == MemberKind.Method ? $"{target}({arguments}){forgiving}" : $"{target}{forgiving}.call({arguments})";
    }

    private static void WritePlan(CodeWriter code, LoweredNetwork network, TypeNames types)
    {
        NetworkModel model = network.Model;
        SourceFile.Document(code, network, "What the compiler knows of this network.");
        code.Line($"public static {types["NetworkPlan"]} Network => {Plan};");
        code.Line();
        code.Line("/// <inheritdoc/>");
        code.Line($"public override {types["NetworkPlan"]} Plan => {Plan};");
        code.Line();
        code.Line("// In a class of its own, so that reading it runs no static initialiser of the author's, which may need libtorch.");
        code.Open("private static class CompiledPlan");
        code.Line($"public static readonly {types["NetworkPlan"]} Value = new {types["NetworkPlan"]}(");
        code.Line($"    Name: {Literals.Of(model.Type.DisplayName)},");
        code.Line($"    Classes: {Literals.Of(model.Classes)},");
        code.Line($"    Input: {Literals.Of(model.Input)},");
        code.Line($"    Fingerprint: {Literals.Of(network.Fingerprint)},");
        code.Line("    Stages:");
        code.Line("    [");
        for (int stage = 0; stage < network.Stages.Count; stage++)
        {
            LoweredPart part = network.Stages[stage];
            code.Line($"        new {types["StagePlan"]}(");
            code.Line($"            Name: {Literals.Of(model.Stages[stage].Member.Name)},");
            code.Line($"            Description: {Literals.Of(LayerText.Of(part))},");
            code.Line($"            Output: {Literals.Of(part.Output?.Dimensions ?? [])},");
            code.Line($"            Macs: {Literals.Of(part.Macs)},");
            code.Line($"            Parameters: {Literals.Of(part.Parameters)}),");
        }

        code.Line("    ],");
        code.Line("    Exits:");
        code.Line("    [");
        for (int exit = 0; exit < network.Exits.Count; exit++)
        {
            ExitModel declared = model.Exits[exit];
            LoweredPart part = network.Exits[exit];
            string criterion = declared.Rule is { } rule ? CriterionObject(rule.Criterion, types) : "null";
            code.Line($"        new {types["ExitPlan"]}(");
            code.Line($"            Name: {Literals.Of(declared.Member.Name)},");
            code.Line($"            Description: {Literals.Of(LayerText.Of(part))},");
            code.Line($"            Stage: {Literals.Of(declared.Stage)},");
            code.Line($"            Criterion: {criterion},");
            code.Line($"            Threshold: {Literals.Of(declared.Rule?.Threshold ?? float.NaN)},");
            code.Line($"            Macs: {Literals.Of(HeadMacs(network, exit))},");
            code.Line($"            CumulativeMacs: {Literals.Of(CumulativeMacs(network, exit))},");
            string[] further = [.. FurtherOf(declared, types)];
            long? parameters = part.Parameters + (network.GateOf(exit) is { } gate ? gate.Parameters : 0);
            code.Line($"            Parameters: {Literals.Of(parameters)}){(further.Length == 0 ? "," : "")}");
            WriteProperties(code, further, indent: "            ", end: "},");
        }

        string[] answers = [.. AnswersOf(model.Answers, types), .. ExtraInputsOf(model, types)];
        code.Line($"    ]){(answers.Length == 0 ? ";" : "")}");
        WriteProperties(code, answers, indent: "    ", end: "};");
        code.Close();
    }

    private static string CriterionObject(CriterionModel criterion, TypeNames types) => criterion.Source == ScoreSource.Logits
        ? $"{types["ExitCriterion"]}.Of<{types.Criterion(criterion)}>()"
        : $"{types["ExitCriterion"]}.{criterion.Type}";

    /// <summary>What only some exits have, as property initialisers.</summary>
    private static IEnumerable<string> FurtherOf(ExitModel exit, TypeNames types)
    {
        if (exit.Rule is { Further.Count: > 0 } rule)
        {
            IEnumerable<string> conditions = rule.Further.Select(condition =>
                $"new {types["ConditionPlan"]}({CriterionObject(condition.Criterion, types)}, {Literals.Of(condition.Threshold)})");
            yield return $"FurtherConditions = [{string.Join(", ", conditions)}],";
            if (rule.Combination != Combination.All) yield return $"Combination = {types["Combination"]}.{rule.Combination},";
        }

        if (exit.Gate is { } gate) yield return $"Gate = {Literals.Of(gate.Member.Name)},";
    }

    /// <summary>What only some networks declare, as property initialisers.</summary>
    private static IEnumerable<string> AnswersOf(AnswerModel answers, TypeNames types)
    {
        if (answers.Output != NetworkOutput.Classification) yield return $"Output = {types["OutputKind"]}.{answers.Output},";
        if (answers.EnsembleWeights.Count > 0)
        {
            yield return $"EnsembleWeights = [{string.Join(", ", answers.EnsembleWeights.Select(Literals.Of))}],";
        }

        if (answers.AgreementTolerance > 0) yield return $"AgreementTolerance = {Literals.Of(answers.AgreementTolerance)},";
        if (answers.Fallback != Fallback.LastExit) yield return $"Fallback = {types["Fallback"]}.{answers.Fallback},";
    }

    private static IEnumerable<string> ExtraInputsOf(NetworkModel model, TypeNames types)
    {
        if (model.ExtraInputs.Count == 0) yield break;
        yield return "ExtraInputs =";
        yield return "[";
        foreach (ExtraInputModel extra in model.ExtraInputs)
        {
            yield return $"    new {types["ExtraInputPlan"]}({Literals.Of(extra.Name)}, {Literals.Of(extra.Shape)}, "
                + $"{types["ElementType"]}.{extra.Type}),";
        }

        yield return "],";
    }

    private static void WriteProperties(CodeWriter code, string[] properties, string indent, string end)
    {
        if (properties.Length == 0) return;
        code.Line($"{indent}{{");
        foreach (string property in properties) code.Line($"{indent}    {property}");
        code.Line($"{indent}{end}");
    }

    private static long? HeadMacs(LoweredNetwork network, int exit) =>
        network.Exits[exit].Macs + (network.GateOf(exit) is { } gate ? gate.Macs : 0);

    private static long? CumulativeMacs(LoweredNetwork network, int exit)
    {
        long? sum = 0;
        for (int stage = 0; stage <= network.Model.Exits[exit].Stage; stage++) sum += network.Stages[stage].Macs;
        for (int earlier = 0; earlier <= exit; earlier++) sum += HeadMacs(network, earlier);
        return sum;
    }

    private static void WriteRegistration(CodeWriter code, LoweredNetwork network)
    {
        code.Line("/// <summary>Registers every module, parameter and buffer under its member's name.</summary>");
        code.Open("protected override void RegisterComponents()");
        foreach (RegistrationModel registration in network.Model.Registrations)
        {
            code.Line($"Register({Literals.Of(registration.Name)}, {registration.Expression});");
        }

        code.Close();
    }

    private static void WriteForwardAll(CodeWriter code, LoweredNetwork network, TypeNames types)
    {
        NetworkModel model = network.Model;
        bool hasExtras = model.ExtraInputs.Count > 0;
        if (hasExtras)
        {
            WriteTyped(code, model, types);
            code.Line();
            code.Line("/// <inheritdoc/>");
            code.Open($"public override {types["ExitLogits"]} ForwardAll({types["Tensor"]} input, {Extras(types)})");
        }
        else
        {
            SourceFile.DocumentByReference(code, "Runs every stage and every exit: what training needs.");
            code.Line("/// <param name=\"input\">One batch, [N, …input].</param>");
            code.Line("/// <returns>One tensor [N, classes] per exit. The caller owns it.</returns>");
            code.Open($"public override {types["ExitLogits"]} ForwardAll({types["Tensor"]} input)");
        }

        code.Line("RequireInput(input);");
        if (hasExtras) code.Line("RequireExtraInputs(input, extraInputs);");
        code.Line($"using {types["DisposeScope"]} scope = global::TorchSharp.torch.NewDisposeScope();");
        for (int stage = 0; stage < model.Stages.Count; stage++)
        {
            string source = stage == 0 ? "input" : $"features{Literals.Of(stage - 1)}";
            code.Line();
            code.Line($"// stage '{Literals.Comment(model.Stages[stage].Member.Name)}'");
            code.Line($"{types["Tensor"]} features{Literals.Of(stage)} = {Call(model, model.Stages[stage].Member, network.Stages[stage], source)};");
            for (int exit = 0; exit < model.Exits.Count; exit++)
            {
                if (model.Exits[exit].Stage != stage) continue;
                MemberModel member = model.Exits[exit].Member;
                code.Line();
                code.Line($"// exit {Literals.Of(exit)} '{Literals.Comment(member.Name)}'");
                code.Line($"{types["Tensor"]} logits{Literals.Of(exit)} = {Call(model, member, network.Exits[exit], $"features{Literals.Of(stage)}")};");
            }
        }

        code.Line();
        string all = string.Join(", ", Enumerable.Range(0, model.Exits.Count).Select(exit => $"logits{Literals.Of(exit)}"));
        code.Line($"return new {types["ExitLogits"]}({all}).MoveToOuterDisposeScope();");
        code.Close();
    }

    /// <summary>Writes the members that name the extra inputs, or miss them.</summary>
    private static void WriteTyped(CodeWriter code, NetworkModel model, TypeNames types)
    {
        string parameters = $"{types["Tensor"]} input, {ExtraInputWriter.Parameters(model, types)}";
        SourceFile.DocumentByReference(code, "Runs every stage and every exit: what training needs.");
        code.Line("/// <param name=\"input\">One batch, [N, …input].</param>");
        ExtraInputWriter.Document(code, model, "N");
        code.Line("/// <returns>One tensor [N, classes] per exit. The caller owns it.</returns>");
        code.Line($"public {types["ExitLogits"]} ForwardAll({parameters}) => ForwardAll(input, {ExtraInputWriter.Together(model)});");
        code.Line();
        code.Line("/// <summary>");
        code.Line("/// In evaluation mode, answers every row at the first exit whose criterion fires, and returns the rows in the caller's order. In");
        code.Line("/// training mode, gives the last exit's logits.");
        code.Line("/// </summary>");
        code.Line("/// <param name=\"input\">One batch, [N, …input], N at least 1.</param>");
        ExtraInputWriter.Document(code, model, "N");
        code.Line("/// <returns>Logits [N, classes].</returns>");
        code.Line($"public {types["Tensor"]} forward({parameters}) => forward(input, {ExtraInputWriter.Together(model)});");
        code.Line();
        code.Line("/// <inheritdoc/>");
        code.Line($"public override {types["ExitLogits"]} ForwardAll({types["Tensor"]} input) => ForwardAll(input, extraInputs: []);");
    }

    private static string Extras(TypeNames types) => $"{types["ReadOnlySpan"]}<{types["Tensor"]}> extraInputs";

    private static string Call(NetworkModel model, MemberModel member, LoweredPart part, string features) => Call(
        member,
        model.Type,
        "this",
        features + ExtraInputWriter.Arguments(member, model, index => ExtraInputWriter.OfCaller(part, index)));

    private static void WriteCall(
        CodeWriter code, LoweredNetwork network, string name, string index, IEnumerable<(MemberModel Member, LoweredPart Part)?> parts)
    {
        NetworkModel model = network.Model;
        TypeNames types = new(model.Type.ShadowedNames);
        string tensor = types["Tensor"];
        bool hasExtras = model.ExtraInputs.Count > 0;
        code.Line("/// <inheritdoc/>");
        if (hasExtras)
        {
            code.Line($"public override {tensor} {name}(int {index}, {tensor} features) => {name}({index}, features, extraInputs: []);");
            code.Line();
            code.Line("/// <inheritdoc/>");
            code.Open($"public override {tensor} {name}(int {index}, {tensor} features, {Extras(types)})");
            code.Line("RequireExtraInputs(features, extraInputs);");
            code.Open($"return {index} switch");
        }
        else
        {
            code.Open($"public override {tensor} {name}(int {index}, {tensor} features) => {index} switch");
        }

        int number = 0;
        foreach ((MemberModel Member, LoweredPart Part)? part in parts)
        {
            if (part is var (member, lowered)) code.Line($"{Literals.Of(number)} => {Call(model, member, lowered, "features")},");
            number++;
        }

        code.Line($"_ => throw new global::System.ArgumentOutOfRangeException(nameof({index}), {index}, \"There is no such {index}.\"),");
        code.Close("};");
        if (hasExtras) code.Close();
    }
}
