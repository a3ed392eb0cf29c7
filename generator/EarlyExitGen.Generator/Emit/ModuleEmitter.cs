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
            WriteCall(code, network, "CallStage", "stage", network.Model.Stages.Select(stage => stage.Member));
            code.Line();
            WriteCall(code, network, "CallExit", "exit", network.Model.Exits.Select(exit => exit.Member));
        });

    /// <summary>A call of a stage or exit on the user's own member.</summary>
    /// <param name="network">The network as an expression.</param>
    public static string Call(MemberModel member, TypeModel type, string network, string argument)
    {
        string target = $"{(member.IsStatic ? type.Name : network)}.{member.Identifier}";
        string forgiving = member.IsNullable ? "!" : "";
        return member.Kind == MemberKind.Method ? $"{target}({argument}){forgiving}" : $"{target}{forgiving}.call({argument})";
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
            string criterion = declared.Rule is { } rule
                ? $"{types["ExitCriterion"]}.Of<{types.Criterion(rule.Criterion)}>()"
                : "null";
            code.Line($"        new {types["ExitPlan"]}(");
            code.Line($"            Name: {Literals.Of(declared.Member.Name)},");
            code.Line($"            Description: {Literals.Of(LayerText.Of(part))},");
            code.Line($"            Stage: {Literals.Of(declared.Stage)},");
            code.Line($"            Criterion: {criterion},");
            code.Line($"            Threshold: {Literals.Of(declared.Rule?.Threshold ?? float.NaN)},");
            code.Line($"            Macs: {Literals.Of(part.Macs)},");
            code.Line($"            CumulativeMacs: {Literals.Of(CumulativeMacs(network, exit))},");
            code.Line($"            Parameters: {Literals.Of(part.Parameters)}),");
        }

        code.Line("    ]);");
        code.Close();
    }

    private static long? CumulativeMacs(LoweredNetwork network, int exit)
    {
        long? sum = 0;
        for (int stage = 0; stage <= network.Model.Exits[exit].Stage; stage++) sum += network.Stages[stage].Macs;
        for (int earlier = 0; earlier <= exit; earlier++) sum += network.Exits[earlier].Macs;
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
        SourceFile.DocumentByReference(code, "Runs every stage and every exit: what training needs.");
        code.Line("/// <param name=\"input\">One batch, [N, …input].</param>");
        code.Line("/// <returns>One tensor [N, classes] per exit. The caller owns it.</returns>");
        code.Open($"public override {types["ExitLogits"]} ForwardAll({types["Tensor"]} input)");
        code.Line("RequireInput(input);");
        code.Line($"using {types["DisposeScope"]} scope = global::TorchSharp.torch.NewDisposeScope();");
        for (int stage = 0; stage < model.Stages.Count; stage++)
        {
            string source = stage == 0 ? "input" : $"features{Literals.Of(stage - 1)}";
            code.Line();
            code.Line($"// stage '{Literals.Comment(model.Stages[stage].Member.Name)}'");
            code.Line($"{types["Tensor"]} features{Literals.Of(stage)} = {Call(model.Stages[stage].Member, model.Type, "this", source)};");
            for (int exit = 0; exit < model.Exits.Count; exit++)
            {
                if (model.Exits[exit].Stage != stage) continue;
                MemberModel member = model.Exits[exit].Member;
                code.Line();
                code.Line($"// exit {Literals.Of(exit)} '{Literals.Comment(member.Name)}'");
                code.Line($"{types["Tensor"]} logits{Literals.Of(exit)} = {Call(member, model.Type, "this", $"features{Literals.Of(stage)}")};");
            }
        }

        code.Line();
        string all = string.Join(", ", Enumerable.Range(0, model.Exits.Count).Select(exit => $"logits{Literals.Of(exit)}"));
        code.Line($"return new {types["ExitLogits"]}({all}).MoveToOuterDisposeScope();");
        code.Close();
    }

    private static void WriteCall(
        CodeWriter code, LoweredNetwork network, string name, string index, IEnumerable<MemberModel> members)
    {
        TypeModel type = network.Model.Type;
        string tensor = new TypeNames(type.ShadowedNames)["Tensor"];
        code.Line("/// <inheritdoc/>");
        code.Open($"public override {tensor} {name}(int {index}, {tensor} features) => {index} switch");
        int number = 0;
        foreach (MemberModel member in members)
        {
            code.Line($"{Literals.Of(number++)} => {Call(member, type, "this", "features")},");
        }

        code.Line($"_ => throw new global::System.ArgumentOutOfRangeException(nameof({index}), {index}, \"There is no such {index}.\"),");
        code.Close("};");
    }
}
