namespace EarlyExitGen.Tests.TorchPipeline;

/// <summary>Tests of what the whole process holds: nothing else may run beside them.</summary>
[CollectionDefinition(nameof(RunsAlone), DisableParallelization = true)]
public sealed class RunsAlone;
