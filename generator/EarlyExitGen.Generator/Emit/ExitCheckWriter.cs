using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>
/// Writes how an exit decides: run its gate and its head, score its conditions, leave or go on. A pipeline says how it runs them and
/// where their values lie then; the names of what it declares are <c>policy</c> for the call's policy and <c>logits</c> for the caller's.
/// </summary>
internal sealed class ExitCheckWriter(CodeWriter code, NetworkModel model, TypeNames types)
{
    /// <summary>Writes the check of one exit for one input; the last one always answers.</summary>
    /// <param name="exit">The exit.</param>
    /// <param name="runHead">The statement that runs its head.</param>
    /// <param name="headLogits">The expression for its logits, a <c>ReadOnlySpan&lt;float&gt;</c>, once the head has run.</param>
    /// <param name="runGate">The statement that runs its gate; null when it has none. It comes before the head.</param>
    /// <param name="gateValue">The expression for the gate's value before the sigmoid, a <c>float</c>, once the gate has run.</param>
    public void Write(int exit, string runHead, string headLogits, string? runGate = null, string? gateValue = null)
    {
        string number = Literals.Of(exit);
        if (model.Exits[exit].Rule is not { } rule)
        {
            code.Line(runHead);
            WriteLogits(number, headLogits, row: "");
            code.Line($"return AnswerLast(logits{number}, logits);");
            return;
        }

        code.Open($"if (policy.IsEnabled({number}))");
        if (runGate is not null)
        {
            code.Line(runGate);
            code.Line($"float gate{number} = {gateValue};");
        }

        code.Line(runHead);
        WriteLogits(number, headLogits, row: "");
        string leaves = WriteScores(exit, rule, gate: $"gate{number}", row: "");
        code.Line($"if ({leaves}) return Answer(exit: {number}, score{number}, logits{number}, logits);");
        code.Line($"Remember(exit: {number}, score{number}, logits{number});");
        code.Close();
    }

    /// <summary>Writes the check of one exit for all rows of a batch that are left.</summary>
    /// <param name="exit">The exit.</param>
    /// <param name="runHead">The statement that runs its head.</param>
    /// <param name="allLogits">The expression for the logits of all rows, one after the other.</param>
    /// <param name="compact">The expression that takes the rows that left out of what comes next, and says whether none is left.</param>
    /// <param name="runGate">The statement that runs its gate; null when it has none. It comes before the head.</param>
    /// <param name="allGates">The expression for the gate's values of all rows.</param>
    /// <param name="settleElsewhere">
    /// The expression that decides for all rows without their logits, and says whether it did; null when the pipeline has none.
    /// </param>
    public void WriteRows(
        int exit,
        string runHead,
        string allLogits,
        string compact,
        string? runGate = null,
        string? allGates = null,
        string? settleElsewhere = null)
    {
        string number = Literals.Of(exit);
        string span = types["ReadOnlySpan"];
        RuleModel? rule = model.Exits[exit].Rule;
        if (rule is not null) code.Open($"if (policy.IsEnabled({number}))");
        if (runGate is not null)
        {
            code.Line(runGate);
            code.Line($"{span}<float> gates{number} = {allGates};");
        }

        code.Line(runHead);
        if (settleElsewhere is not null) code.Open($"if (!{settleElsewhere})");
        code.Line($"{span}<float> rows{number} = {allLogits};");
        code.Open("for (int place = 0; place < Remaining; place++)");
        WriteLogits(number, $"LogitsAt(place, rows{number})", row: ", RowAt(place)");
        if (rule is null)
        {
            code.Line($"SettleLast(place, logits{number});");
        }
        else
        {
            string leaves = WriteScores(exit, rule, gate: $"gates{number}[place]", row: ", RowAt(place)");
            code.Line($"Settle(place, leaves: {leaves}, exit: {number}, score{number}, logits{number});");
        }

        code.Close();
        if (settleElsewhere is not null) code.Close();
        if (rule is null) return;
        code.Line();
        code.Line($"if ({compact}) return;");
        code.Close();
    }

    private void WriteLogits(string number, string expression, string row)
    {
        string answer = model.Answers.EnsembleWeights.Count == 0 ? expression : $"Ensemble(exit: {number}, {expression}{row})";
        code.Line($"{types["ReadOnlySpan"]}<float> logits{number} = {answer};");
    }

    /// <summary>Writes the score of every condition.</summary>
    /// <returns>The expression that says whether the input leaves.</returns>
    private string WriteScores(int exit, RuleModel rule, string gate, string row)
    {
        string number = Literals.Of(exit);
        List<string> holds = [];
        foreach (ConditionModel condition in rule.Conditions)
        {
            string index = holds.Count == 0 ? "" : $"_{Literals.Of(holds.Count)}";
            string score = $"score{number}{index}";
            string threshold = holds.Count == 0 ? $"policy[{number}]" : $"policy[{number}, {Literals.Of(holds.Count)}]";
            string value = condition.Criterion.Source switch
            {
                ScoreSource.EarlierAnswers => $"CountAgreeing(logits{number}{row})",
                ScoreSource.Gate => $"GateScore({gate}, logits{number})",
                _ => $"{types["TemperatureScaling"]}.Score<{types.Criterion(condition.Criterion)}>"
                    + $"(logits{number}, policy.Temperature({number}))",
            };
            code.Line($"float {score} = {value};");
            holds.Add(Holds(condition.Criterion, score, threshold));
        }

        // An exit that does not ask how many agree is one of those that must.
        bool isCounted = rule.Uses(ScoreSource.EarlierAnswers);
        if (!isCounted && model.CountsAgreementFrom(exit)) code.Line($"CountAgreeing(logits{number}{row});");
        return string.Join(rule.Combination == Combination.All ? " && " : " || ", holds);
    }

    private string Holds(CriterionModel criterion, string score, string threshold) => criterion.Comparison switch
    {
        Comparison.AtLeast => $"{score} >= {threshold}",
        Comparison.AtMost => $"{score} <= {threshold}",
        _ => $"{types.Criterion(criterion)}.ShouldExit({score}, {threshold})",
    };
}
