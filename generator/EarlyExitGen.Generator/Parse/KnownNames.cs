namespace EarlyExitGen.Generator.Parse;

/// <summary>The types that the parser looks for, by their metadata names.</summary>
internal static class KnownNames
{
    public const string NetworkAttribute = "EarlyExitGen.EarlyExitNetworkAttribute";
    public const string StageAttribute = "EarlyExitGen.StageAttribute";
    public const string ExitAttribute = "EarlyExitGen.ExitAttribute";
    public const string ExitConditionAttribute = "EarlyExitGen.ExitConditionAttribute";
    public const string ExtraInputAttribute = "EarlyExitGen.ExtraInputAttribute";
    public const string EarlyExitModule = "EarlyExitGen.EarlyExitModule";
    public const string Criterion = "EarlyExitGen.Criteria.IExitCriterion";
    public const string Module = "TorchSharp.torch.nn.Module";
    public const string ModuleList = "TorchSharp.Modules.ModuleList";
    public const string Torch = "TorchSharp.torch";
    public const string Tensor = "TorchSharp.torch.Tensor";
    public const string ParameterList = "TorchSharp.Modules.ParameterList";
    public const string ParameterDict = "TorchSharp.Modules.ParameterDict";
    public const string Parameter = "TorchSharp.Modules.Parameter";
    public const string Factories = "TorchSharp.torch.nn";
}
