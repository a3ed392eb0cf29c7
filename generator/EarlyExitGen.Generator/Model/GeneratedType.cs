namespace EarlyExitGen.Generator.Model;

/// <summary>A type that generated code names simply where its simple name is free.</summary>
internal sealed record GeneratedType(string Namespace, string Name)
{
    public static readonly GeneratedType[] All =
    [
        new("System", "ReadOnlySpan"),
        new("System", "Span"),
        new("TorchSharp.torch", "Tensor"),
        new("TorchSharp.torch", "nn"),
        new("TorchSharp", "DisposeScope"),
        new("EarlyExitGen", "ExitDecision"),
        new("EarlyExitGen", "ExitLogits"),
        new("EarlyExitGen", "ExitPlan"),
        new("EarlyExitGen", "ExitPolicy"),
        new("EarlyExitGen", "NetworkPlan"),
        new("EarlyExitGen", "StagePlan"),
        new("EarlyExitGen.Criteria", "Confidence"),
        new("EarlyExitGen.Criteria", "Energy"),
        new("EarlyExitGen.Criteria", "Entropy"),
        new("EarlyExitGen.Criteria", "ExitCriterion"),
        new("EarlyExitGen.Criteria", "Margin"),
        new("EarlyExitGen.Criteria", "NormalizedEntropy"),
        new("EarlyExitGen.Criteria", "TemperatureScaling"),
        new("EarlyExitGen.TorchRuntime", "EarlyExitTorchPipeline"),
        new("EarlyExitGen.TorchRuntime", "FrozenLayer"),
        new("EarlyExitGen.TorchRuntime", "FrozenNorm"),
        new("EarlyExitGen.TorchRuntime", "FrozenWeights"),
        new("EarlyExitGen.TorchRuntime", "OrdinaryCall"),
        new("EarlyExitGen.TorchRuntime", "TensorSlot"),
    ];

    public string FullName => $"{Namespace}.{Name}";
}
