using EarlyExitGen.Benchmarks.Networks;
using EarlyExitGen.CpuRuntime;
using EarlyExitGen.TorchRuntime;

namespace EarlyExitGen.Benchmarks.Compare;

/// <summary>A network to measure, and how to freeze it.</summary>
internal sealed record Candidate(EarlyExitModule Network, Func<EarlyExitTorchPipeline> Freeze, Func<EarlyExitCpuPipeline> FreezeForCpu)
    : IDisposable
{
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

    public void Dispose() => Network.Dispose();

    private static Candidate Make<T>(T network, Func<T, EarlyExitTorchPipeline> freeze, Func<T, EarlyExitCpuPipeline> freezeForCpu)
        where T : EarlyExitModule
    {
        network.eval();
        return new Candidate(network, () => freeze(network), () => freezeForCpu(network));
    }
}
