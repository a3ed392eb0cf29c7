using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>
/// Writes how an exit decides for one input: run its head, score its logits, leave or go on. A pipeline says how it runs a head and where
/// the logits lie then; the names of what it declares are <c>policy</c> for the call's policy and <c>logits</c> for the caller's.
/// </summary>
internal sealed class ExitCheckWriter(CodeWriter code, NetworkModel model, TypeNames types)
{
    /// <summary>Writes the check of one exit; the last one always answers.</summary>
    /// <param name="exit">The exit.</param>
    /// <param name="runHead">The statement that runs its head.</param>
    /// <param name="headLogits">The expression for its logits, a <c>ReadOnlySpan&lt;float&gt;</c>, once the head has run.</param>
    public void Write(int exit, string runHead, string headLogits)
    {
        string number = Literals.Of(exit);
        string read = $"{types["ReadOnlySpan"]}<float> logits{number} = {headLogits};";
        if (model.Exits[exit].Rule is not { } rule)
        {
            code.Line(runHead);
            code.Line(read);
            code.Line($"return AnswerLast(logits{number}, logits, policy);");
            return;
        }

        string criterion = types.Criterion(rule.Criterion);
        code.Open($"if (policy.IsEnabled({number}))");
        code.Line(runHead);
        code.Line(read);
        code.Line($"float score{number} = {types["TemperatureScaling"]}.Score<{criterion}>(logits{number}, policy.Temperature({number}));");
        code.Line($"if ({Fires(rule.Criterion, criterion, number)}) return Answer(exit: {number}, score{number}, logits{number}, logits);");
        code.Close();
    }

    private static string Fires(CriterionModel criterion, string type, string number) => criterion.Comparison switch
    {
        Comparison.AtLeast => $"score{number} >= policy[{number}]",
        Comparison.AtMost => $"score{number} <= policy[{number}]",
        _ => $"{type}.ShouldExit(score{number}, policy[{number}])",
    };
}
