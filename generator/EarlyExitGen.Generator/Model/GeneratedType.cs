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
        new("EarlyExitGen.Cpu.Activations", "Activation"),
        new("EarlyExitGen.Cpu.Activations", "Elementwise"),
        new("EarlyExitGen.Cpu.Convolution", "Convolution2d"),
        new("EarlyExitGen.Cpu.Convolution", "ConvolutionAlgorithm"),
        new("EarlyExitGen.Cpu.Convolution", "IConvolutionShape"),
        new("EarlyExitGen.Cpu.Linear", "ILinearShape"),
        new("EarlyExitGen.Cpu.Linear", "LinearLayer"),
        new("EarlyExitGen.Cpu.Memory", "ArenaBuffer"),
        new("EarlyExitGen.Cpu.Memory", "FeatureMap"),
        new("EarlyExitGen.Cpu.Memory", "FeatureMapShape"),
        new("EarlyExitGen.Cpu.Normalization", "GroupNorm"),
        new("EarlyExitGen.Cpu.Normalization", "LayerNorm"),
        new("EarlyExitGen.Cpu.Pooling", "IPoolingShape"),
        new("EarlyExitGen.Cpu.Pooling", "Pooling2d"),
        new("EarlyExitGen.Cpu.Pooling", "PoolingKind"),
        new("EarlyExitGen.Cpu.Weights", "BatchNormWeights"),
        new("EarlyExitGen.Cpu.Weights", "PackedWeights"),
        new("EarlyExitGen.Cpu.Weights", "SafetensorsFile"),
        new("EarlyExitGen.Cpu.Weights", "WeightPacker"),
        new("EarlyExitGen.Cpu.Weights", "WeightsFileException"),
        new("EarlyExitGen.CpuRuntime", "CpuWeightsFile"),
        new("EarlyExitGen.CpuRuntime", "EarlyExitCpuPipeline"),
        new("EarlyExitGen.CpuRuntime", "ModuleSnapshot"),
        new("EarlyExitGen.TorchRuntime", "EarlyExitTorchPipeline"),
        new("EarlyExitGen.TorchRuntime", "FrozenLayer"),
        new("EarlyExitGen.TorchRuntime", "FrozenNorm"),
        new("EarlyExitGen.TorchRuntime", "FrozenWeights"),
        new("EarlyExitGen.TorchRuntime", "OrdinaryCall"),
        new("EarlyExitGen.TorchRuntime", "TensorSlot"),
    ];

    public string FullName => $"{Namespace}.{Name}";
}
