using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>What pipelines have in common: a method per stage and exit, called in order under comments that say what it is.</summary>
internal static class PartsWriter
{
    public static string StageMethod(StageModel stage) => $"Stage_{stage.Member.Name}";

    public static string ExitMethod(ExitModel exit) => $"Exit_{exit.Member.Name}";

    /// <summary>Writes all parts in the order in which they run.</summary>
    public static void ForEachPart(CodeWriter code, LoweredNetwork network, Action<int> writeStage, Action<int> writeExit)
    {
        NetworkModel model = network.Model;
        for (int stage = 0; stage < network.Stages.Count; stage++)
        {
            if (stage > 0) code.Line();
            code.Line($"// stage {Explain(model.Stages[stage].Member, network.Stages[stage])}");
            writeStage(stage);
            for (int exit = 0; exit < network.Exits.Count; exit++)
            {
                if (model.Exits[exit].Stage != stage) continue;
                code.Line();
                string name = Literals.Comment(model.Exits[exit].Member.Name);
                code.Line($"// exit {Literals.Of(exit)} '{name}': {NetworkTable.RuleText(model.Exits[exit])}");
                writeExit(exit);
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
