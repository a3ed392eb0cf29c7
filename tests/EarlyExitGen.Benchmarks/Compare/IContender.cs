namespace EarlyExitGen.Benchmarks.Compare;

/// <summary>One way to run a network.</summary>
internal interface IContender : IDisposable
{
    string Name { get; }

    /// <summary>Makes every input leave at one exit; with null, at the last one without running the heads before it.</summary>
    void LeaveAt(int? exit);

    /// <summary>Runs the input once.</summary>
    void Call();

    /// <summary>The first logit of the last call, to see that all contenders compute the same.</summary>
    float FirstLogit { get; }
}

/// <summary>A generated pipeline.</summary>
internal interface IGeneratedContender : IContender
{
    ExitPolicy Policy { set; }

    /// <summary>The decisions of the last call, one for each row.</summary>
    IReadOnlyList<ExitDecision> Decisions { get; }
}
