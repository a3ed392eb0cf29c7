using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>What pipelines have in common: a method per stage, gate and exit, called in order under comments that say what it is.</summary>
internal static class PartsWriter
{
    public static string StageMethod(StageModel stage) => $"Stage_{stage.Member.Name}";

    public static string ExitMethod(ExitModel exit) => $"Exit_{exit.Member.Name}";

    public static string GateMethod(ExitModel exit) => $"Gate_{exit.Member.Name}";

    /// <summary>The statement that runs an exit's gate; null when it has none.</summary>
    /// <param name="exit">The exit.</param>
    /// <param name="argument">What the method takes.</param>
    public static string? RunGate(ExitModel exit, string argument = "") => exit.Gate is null ? null : $"{GateMethod(exit)}({argument});";

    /// <summary>Writes all parts in the order in which they run. Once an exit may have answered, a call can end before each.</summary>
    /// <param name="code">Where to.</param>
    /// <param name="network">The network.</param>
    /// <param name="writeEnd">Writes how the call ends before the part, given the exit that comes next.</param>
    /// <param name="writeExit">Writes an exit.</param>
    /// <param name="argument">What the methods of the stages take.</param>
    public static void ForEachPart(
        CodeWriter code, LoweredNetwork network, Action<int> writeEnd, Action<int> writeExit, string argument = "")
    {
        NetworkModel model = network.Model;
        int next = 0;
        for (int stage = 0; stage < network.Stages.Count; stage++)
        {
            if (stage > 0) code.Line();
            code.Line($"// stage {Explain(model.Stages[stage].Member, network.Stages[stage])}");
            if (next > 0) writeEnd(next);
            code.Line($"{StageMethod(model.Stages[stage])}({argument});");
            for (int first = next; next < network.Exits.Count && model.Exits[next].Stage == stage; next++)
            {
                code.Line();
                string name = Literals.Comment(model.Exits[next].Member.Name);
                code.Line($"// exit {Literals.Of(next)} '{name}': {NetworkTable.RuleText(model.Exits[next])}");
                if (next > first) writeEnd(next);
                writeExit(next);
            }
        }
    }

    public static string Explain(MemberModel member, LoweredPart part)
    {
        string shapes = part.Output is null ? "" : $"   {part.Input} → {part.Output}";
        string macs = part.Macs is null ? "" : $"   {Literals.Count(part.Macs)} MACs";
        return $"'{Literals.Comment(member.Name)}'{shapes}{macs}";
    }
}
