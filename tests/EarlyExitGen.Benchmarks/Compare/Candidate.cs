using EarlyExitGen.Benchmarks.Networks;
using EarlyExitGen.CpuRuntime;
using EarlyExitGen.TorchRuntime;

namespace EarlyExitGen.Benchmarks.Compare;

/// <summary>A network to measure, and its pipelines, which are frozen when they are first asked for. Owns all.</summary>
internal sealed class Candidate(EarlyExitModule network, Func<EarlyExitTorchPipeline> freeze, Func<EarlyExitCpuPipeline> freezeForCpu)
    : IDisposable
{
    private readonly Lazy<EarlyExitTorchPipeline> torchPipeline = new(freeze);
    private readonly Lazy<EarlyExitCpuPipeline> cpuPipeline = new(freezeForCpu);

    /// <summary>Takes longer than all others together: for when it is asked for.</summary>
    public const string Slowest = "ResNet18At224";

    public static readonly (string Name, Func<Candidate> Make)[] All =
    [
        ("ThreeStageCnn", () => Make(new ThreeStageCnn(), net => net.Freeze(), net => net.FreezeForCpu())),
        ("ResNet8", () => Make(new ResNet8(), net => net.Freeze(), net => net.FreezeForCpu())),
        ("FashionNet", () => Make(new FashionNet(), net => net.Freeze(), net => net.FreezeForCpu())),
        ("BLeNet", () => Make(new BLeNet(), net => net.Freeze(), net => net.FreezeForCpu())),
        ("MobileNetV2", () => Make(new MobileNetV2(), net => net.Freeze(), net => net.FreezeForCpu())),
        ("ResNet18", () => Make(new ResNet18(), net => net.Freeze(), net => net.FreezeForCpu())),
        ("ResNet18At224", () => Make(new ResNet18At224(), net => net.Freeze(), net => net.FreezeForCpu())),
        ("TokenEncoder", () => Make(new TokenEncoder(), net => net.Freeze(), net => net.FreezeForCpu())),
        ("KeywordSpotter", () => Make(new KeywordSpotter(), net => net.Freeze(), net => net.FreezeForCpu())),
        ("TabularMlp", () => Make(new TabularMlp(), net => net.Freeze(), net => net.FreezeForCpu())),
    ];

    public EarlyExitModule Network => network;

    public EarlyExitTorchPipeline TorchPipeline => torchPipeline.Value;

    public EarlyExitCpuPipeline CpuPipeline => cpuPipeline.Value;

    public void Dispose()
    {
        if (torchPipeline.IsValueCreated) torchPipeline.Value.Dispose();
        if (cpuPipeline.IsValueCreated) cpuPipeline.Value.Dispose();
        network.Dispose();
    }

    private static Candidate Make<T>(T network, Func<T, EarlyExitTorchPipeline> freeze, Func<T, EarlyExitCpuPipeline> freezeForCpu)
        where T : EarlyExitModule
    {
        network.eval();
        return new Candidate(network, () => freeze(network), () => freezeForCpu(network));
    }
}
