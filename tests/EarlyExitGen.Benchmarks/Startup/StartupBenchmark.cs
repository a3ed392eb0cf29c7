using System.Diagnostics;
using System.Globalization;
using EarlyExitGen.Benchmarks.Compare;
using EarlyExitGen.Benchmarks.Networks;
using static TorchSharp.torch;

namespace EarlyExitGen.Benchmarks.Startup;

/// <summary>
/// What it costs to answer one picture from nothing: the files to ship, the memory, and the time from the start of the process to its
/// first answer. Each program reads frames from standard input; they take turns.
/// </summary>
internal static class StartupBenchmark
{
    private const int Turns = 20;
    private const int FrameLength = 28 * 28;

    public static int Run(string[] arguments)
    {
        if (arguments.Length > 0)
        {
            Console.Error.WriteLine($"{arguments[0]} is not understood: startup takes no arguments.");
            return 2;
        }

        string root = RepositoryRoot();
        string benchmarks = Path.Combine(root, "tests", "EarlyExitGen.Benchmarks", "Startup");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("early-exit-startup");
        try
        {
            (string weights, string model, string modules) = WriteWeights(folder.FullName);
            string edge = Path.Combine(folder.FullName, "edge");
            string onnx = Path.Combine(folder.FullName, "onnx");
            string jit = Path.Combine(folder.FullName, "jit");
            string torch = Path.Combine(folder.FullName, "torch");
            Dotnet("publish", "-c", "Release", "-o", edge, Path.Combine(root, "examples", "EdgeClassifier"));
            Dotnet("publish", "-c", "Release", "-o", onnx, Path.Combine(benchmarks, "OnnxProbe"));
            Dotnet("build", "-c", "Release", "-o", jit, Path.Combine(root, "examples", "EdgeClassifier"));
            Dotnet("build", "-c", "Release", "-o", torch, Path.Combine(benchmarks, "TorchProbe"));
            Contender[] contenders =
            [
                new("CPU pipeline, NativeAOT", edge, Path.Combine(edge, "EdgeClassifier"), [weights, "-"]),
                new("CPU pipeline, dotnet", jit, "dotnet", [Path.Combine(jit, "EdgeClassifier.dll"), weights, "-"]),
                new("ONNX Runtime, NativeAOT", onnx, Path.Combine(onnx, "OnnxProbe"), [model]),
                new("TorchSharp, dotnet", torch, "dotnet", [Path.Combine(torch, "TorchProbe.dll"), modules]),
            ];
            for (int turn = 0; turn < Turns; turn++)
            {
                foreach (Contender contender in contenders) contender.Start();
            }

            Console.WriteLine($"{"program",-26} {"files",10} {"peak memory",12} {"start to first answer (p50, p90)",34}");
            foreach (Contender contender in contenders) Console.WriteLine(contender.ToText());
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The same random weights for everybody: a CPU pipeline's file, an ONNX model, and TorchSharp's own format.</summary>
    private static (string Weights, string Model, string Modules) WriteWeights(string folder)
    {
        string weights = Path.Combine(folder, "weights.safetensors");
        string model = Path.Combine(folder, "model.onnx");
        string modules = Path.Combine(folder, "modules.dat");
        using FashionNet network = new();
        network.eval();
        network.SaveForCpu(weights);
        network.save(modules);
        OnnxGraph graph = new();
        OnnxExport export = new(graph);
        graph.Input("input", [1, .. network.Plan.Input.Select(size => (long)size)]);
        Dictionary<string, nn.Module> children = network.named_children().ToDictionary(child => child.name, child => child.module);
        string value = network.Plan.Stages.Aggregate("input", (features, stage) => export.Add(children[stage.Name], features));
        graph.Node("Identity", [export.Add(children[network.Plan.Exits[^1].Name], value)], "logits");
        graph.Output("logits", 1, network.Plan.Classes);
        File.WriteAllBytes(model, graph.ToModel());
        return (weights, model, modules);
    }

    private static string RepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "EarlyExitGen.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException($"Found no EarlyExitGen.sln above {AppContext.BaseDirectory}: run this from a clone.");
    }

    private static void Dotnet(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", arguments) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == 0) return;
        throw new InvalidOperationException($"dotnet {string.Join(' ', arguments)} failed:\n{output}");
    }

    /// <summary>A program and what was measured of it.</summary>
    private sealed class Contender(string name, string folder, string program, string[] arguments)
    {
        private readonly List<double> milliseconds = [];
        private readonly List<long> peaks = [];

        public void Start()
        {
            ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
            long begin = Stopwatch.GetTimestamp();
            using Process process = Process.Start(start)!;
            process.StandardInput.BaseStream.Write(new byte[FrameLength]);
            process.StandardInput.BaseStream.Flush();
            string? answer = process.StandardOutput.ReadLine();
            milliseconds.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);

            // It waits for the next frame now.
            if (answer is not null) peaks.Add(process.PeakWorkingSet64);
            process.StandardInput.Close();
            process.WaitForExit();
            if (answer is null || process.ExitCode != 0) throw new InvalidOperationException($"{name} gave no answer.");
        }

        public string ToText()
        {
            milliseconds.Sort();
            peaks.Sort();
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-26} {Files() / 1e6,7:0.0} MB {peaks[peaks.Count / 2] / 1e6,9:0.0} MB " +
                $"{milliseconds[milliseconds.Count / 2],20:0.0} ms {milliseconds[milliseconds.Count * 9 / 10],8:0.0} ms");
        }

        // Without what only debuggers and editors read. The shared .NET runtime of the two dotnet programs is not counted.
        private long Files() => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is not (".pdb" or ".dbg" or ".xml"))
            .Sum(file => new FileInfo(file).Length);
    }
}
