namespace EarlyExitGen.Exits;

/// <content>
/// The same for rows whose logits stay on a device: somebody else keeps those, as the results say. A score that is NaN stands for logits
/// with a NaN.
/// </content>
internal sealed partial class ExitState
{
    /// <summary>Whether a row's confidence counts besides its score.</summary>
    public bool AnswersByConfidence => answersByConfidence;

    /// <summary>Keeps a final answer.</summary>
    public void KeepScored(int row, int exit, float score, int label) =>
        decisions[row] = new ExitDecision(exit, label, score) { Reason = ExitReason.Conditions };

    /// <summary>As <see cref="Remember"/>; the confidence may be anything unless <see cref="AnswersByConfidence"/>.</summary>
    /// <returns>Whether the row's logits must be kept.</returns>
    public bool RememberScored(int row, int exit, float score, int label, float confidence)
    {
        if ((!isLimited && !answersByConfidence) || float.IsNaN(score)) return false;
        if (answersByConfidence && !IsMostConfident(row, confidence)) return false;
        KeepScored(row, exit, score, label);
        return true;
    }

    /// <summary>As <see cref="KeepLast"/>.</summary>
    /// <returns>Whether the row's logits must be kept.</returns>
    /// <exception cref="InvalidOperationException">The last exit gave NaN, and no earlier one can answer for it.</exception>
    public bool KeepLastScored(int row, int label, float confidence)
    {
        bool hasEarlier = answersByConfidence && decisions[row].Exit != NoAnswer;
        if (hasEarlier && (float.IsNaN(confidence) || !IsMostConfident(row, confidence)))
        {
            decisions[row] = decisions[row] with { Reason = ExitReason.MostConfident };
            return false;
        }

        if (float.IsNaN(confidence)) throw NoAnswerFor(row);
        decisions[row] = new ExitDecision(plan.Exits.Length - 1, label, confidence) { Reason = ExitReason.LastExit };
        return true;
    }
}
