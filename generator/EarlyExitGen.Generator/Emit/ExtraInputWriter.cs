using EarlyExitGen.Generator.Model;
using EarlyExitGen.Generator.Parse;

namespace EarlyExitGen.Generator.Emit;

/// <summary>How generated members take extra inputs and pass them on.</summary>
internal static class ExtraInputWriter
{
    /// <summary>The parameters: <c>Tensor mask, Tensor segments</c>.</summary>
    public static string Parameters(NetworkModel model, TypeNames types) =>
        string.Join(", ", model.ExtraInputs.Select(extra => $"{types["Tensor"]} {SymbolExtensions.Escaped(extra.Name)}"));

    /// <summary>The parameters as one argument: <c>extraInputs: [mask, segments]</c>.</summary>
    public static string Together(NetworkModel model) =>
        $"extraInputs: [{string.Join(", ", model.ExtraInputs.Select(extra => SymbolExtensions.Escaped(extra.Name)))}]";

    /// <summary>Documents the parameters.</summary>
    /// <param name="code">Where to.</param>
    /// <param name="model">The network.</param>
    /// <param name="rows">How many rows there are, for people.</param>
    public static void Document(CodeWriter code, NetworkModel model, string rows)
    {
        foreach (ExtraInputModel extra in model.ExtraInputs)
        {
            code.Line($"/// <param name=\"{extra.Name}\">{extra.Type} [{rows}, {string.Join(", ", extra.Shape)}]. Never written.</param>");
        }
    }

    /// <summary>The further arguments of a call of a stage, exit or gate: <c>, mask: extraInputs[0]</c>.</summary>
    /// <param name="member">What is called.</param>
    /// <param name="model">The network.</param>
    /// <param name="value">An extra input, by its place, as an expression.</param>
    public static string Arguments(MemberModel member, NetworkModel model, Func<int, string> value) => string.Concat(
        member.ExtraInputs.Select(index => $", {SymbolExtensions.Escaped(model.ExtraInputs[index].Name)}: {value(index)}"));

    /// <summary>What the module passes: the caller's tensor where no layer writes to it, and a copy where the compiler can't tell.</summary>
    public static string OfCaller(LoweredPart part, int index) =>
        $"extraInputs[{Literals.Of(index)}]{(part.Steps.Any(step => step.Layer.Operation is MemberCall) ? ".clone()" : "")}";
}
