using System.ComponentModel;
using EarlyExitGen.Cpu.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// A network's weights as they were when it was frozen: copies, so that later training changes nothing, folded where the compiler said
/// so. Shared by a pipeline and its clones, and released with the last of them. For generated code.
/// </summary>
/// <remarks>Thread-safe once built.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed partial class FrozenWeights
{
    private readonly Dictionary<string, Tensor> source;
    private readonly Dictionary<string, nn.Module> modules;
    private readonly Dictionary<string, FrozenLayer> layers = [];
    private readonly Dictionary<string, FrozenNorm> norms = [];
    private readonly List<Tensor> owned = [];
    private readonly FrozenSource origin;
    private readonly string network;
    private int references = 1;

    /// <summary>Reads a network's parameters and buffers.</summary>
    /// <exception cref="InvalidOperationException">They are of several devices, or a parameter is not float32.</exception>
    public FrozenWeights(EarlyExitModule network)
        : this(network, ScalarType.Float32)
    {
    }

    /// <summary>Reads a network's parameters and buffers.</summary>
    /// <param name="network">The network.</param>
    /// <param name="precision">The element type in which its layers will compute.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is none of <c>Float32</c>, <c>BFloat16</c> and <c>Float16</c>.</exception>
    /// <exception cref="InvalidOperationException">
    /// They are of several devices, a parameter is not float32, or the precision is a half one and they are not on CUDA.
    /// </exception>
    public FrozenWeights(EarlyExitModule network, ScalarType precision)
        : this(network, precision, halvesAnywhere: false)
    {
    }

    /// <summary>The same; for tests where there is no GPU, half precision on the CPU too.</summary>
    internal FrozenWeights(EarlyExitModule network, ScalarType precision, bool halvesAnywhere)
    {
        ArgumentNullException.ThrowIfNull(network);
        this.network = network.GetName();
        modules = network.named_modules().ToDictionary(pair => pair.name, pair => pair.module);
        source = [];
        foreach ((string name, Tensor parameter) in network.named_parameters())
        {
            source[name] = parameter;
            RequireFloat(name, parameter);
            Device ??= parameter.device;
            RequireSameDevice(name, parameter);
        }

        foreach ((string name, Tensor buffer) in network.named_buffers()) source[name] = buffer;

        // TorchSharp lists what is registered twice under its first name only.
        foreach ((string path, nn.Module module) in modules)
        {
            foreach ((string name, Tensor parameter) in module.named_parameters(recurse: false)) source.TryAdd($"{path}.{name}", parameter);
            foreach ((string name, Tensor buffer) in module.named_buffers(recurse: false)) source.TryAdd($"{path}.{name}", buffer);
        }

        Device ??= CPU;
        Precision = precision;
        this.halvesAnywhere = halvesAnywhere;
        RequirePrecision();
        origin = new FrozenSource(source);
    }

    /// <summary>Where the weights are.</summary>
    internal Device Device { get; }

    /// <summary>The weight and bias at a path of the state dictionary; what the layer does not have is empty.</summary>
    public FrozenLayer Layer(string path)
    {
        if (layers.TryGetValue(path, out FrozenLayer known)) return known;
        using DisposeScope scope = NewDisposeScope();
        return layers[path] = new FrozenLayer(Copy($"{path}.weight"), Copy($"{path}.bias"));
    }

    /// <summary>
    /// The weight and bias of a layer with the batch normalisation after it folded in: w·γ/√(σ²+ε) and (b−μ)·γ/√(σ²+ε)+β.
    /// </summary>
    public FrozenLayer Layer(string path, string foldedNorm, double epsilon)
    {
        string key = $"{path}+{foldedNorm}";
        if (layers.TryGetValue(key, out FrozenLayer known)) return known;

        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = Require($"{path}.weight").to(ScalarType.Float64);
        Tensor mean = Require($"{foldedNorm}.running_mean").to(ScalarType.Float64);
        Tensor variance = Require($"{foldedNorm}.running_var").to(ScalarType.Float64);
        Tensor scale = (variance + epsilon).rsqrt();
        if (Find($"{foldedNorm}.weight") is { } gamma) scale *= gamma.to(ScalarType.Float64);

        long[] perOutput = [-1, .. Enumerable.Repeat(1L, (int)weight.dim() - 1)];
        Tensor bias = -mean;
        if (Find($"{path}.bias") is { } original) bias += original.to(ScalarType.Float64);
        bias *= scale;
        if (Find($"{foldedNorm}.bias") is { } beta) bias += beta.to(ScalarType.Float64);
        return layers[key] = new FrozenLayer(Own(weight * scale.reshape(perOutput)), Own(bias));
    }

    /// <summary>The statistics, weight and bias of a batch normalisation.</summary>
    public FrozenNorm BatchNorm(string path)
    {
        if (norms.TryGetValue(path, out FrozenNorm known)) return known;
        using DisposeScope scope = NewDisposeScope();
        return norms[path] = new FrozenNorm(
            CopyInFull($"{path}.running_mean"), CopyInFull($"{path}.running_var"), CopyInFull($"{path}.weight"), CopyInFull($"{path}.bias"));
    }

    /// <summary>The user's own module at a path.</summary>
    public nn.Module<Tensor, Tensor> Module(string path) => modules.TryGetValue(path, out nn.Module? module)
        ? (nn.Module<Tensor, Tensor>)module
        : throw Absent(path);

    /// <summary>The name of a parameter or buffer that changed since, or null.</summary>
    internal string? FindChange() => origin.FindChange();

    /// <summary>Refuses weights of other shapes than those that the pipeline was made with.</summary>
    internal void RequireShapesOf(FrozenWeights other) => origin.RequireShapesOf(other.origin, network);

    internal FrozenWeights Share()
    {
        Interlocked.Increment(ref references);
        return this;
    }

    internal void Release()
    {
        if (Interlocked.Decrement(ref references) != 0) return;
        foreach (FrozenConvolution convolution in convolutions.Values) convolution.Dispose();
        foreach (FrozenLinear linear in linears.Values) linear.Dispose();
        foreach (Tensor tensor in owned) tensor.Dispose();
    }

    private nint Copy(string name) => Find(name) is { } tensor ? Own(tensor) : 0;

    private nint Own(Tensor tensor) => Own(tensor, Precision);

    private nint Own(Tensor tensor, ScalarType type)
    {
        // Kernels read it through its memory, so that it must lie in order whatever the module's own does.
        Tensor copy = tensor.detach().to(type).contiguous().clone().DetachFromDisposeScope();
        owned.Add(copy);
        return copy.Handle;
    }

    // Some layers are no module, as the projections of an attention: in_proj_weight, in_proj_bias.
    private Tensor? Find(string name) => source.GetValueOrDefault(name) ?? source.GetValueOrDefault(WeightNames.WithoutModule(name));

    private Tensor Require(string name) => Find(name) ?? throw Absent(name);

    private InvalidOperationException Absent(string name) => new(
        $"{network} has nothing registered as '{name}', which the compiled code needs: was a module replaced, or assigned in a " +
        "constructor that did not call RegisterComponents()?");

    private void RequireFloat(string name, Tensor parameter)
    {
        if (parameter.dtype != ScalarType.Float32)
        {
            throw new InvalidOperationException($"{network}: parameter '{name}' is {parameter.dtype}, but a pipeline needs Float32.");
        }
    }

    private void RequireSameDevice(string name, Tensor parameter)
    {
        if (parameter.device.type != Device.type || parameter.device.index != Device.index)
        {
            throw new InvalidOperationException(
                $"{network}: parameter '{name}' is on {parameter.device}, but others are on {Device}; a pipeline needs one device.");
        }
    }
}

/// <summary>The weight and bias of a layer; 0 for what it does not have. Borrowed from the <see cref="FrozenWeights"/>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly record struct FrozenLayer
{
    internal FrozenLayer(nint weight, nint bias) => (Weight, Bias) = (weight, bias);

    internal FrozenLayer(nint weight, nint bias, FrozenConvolution convolution)
        : this(weight, bias) => Convolution = convolution;

    internal nint Weight { get; }

    internal nint Bias { get; }

    /// <summary>The ways of a convolution; null where there is only the ordinary one.</summary>
    internal FrozenConvolution? Convolution { get; }

    /// <summary>The ways of a linear layer; null where there is only the ordinary one.</summary>
    internal FrozenLinear? Linear { get; init; }

    /// <summary>The weight of a linear layer over a flattened map, in the order of a map with its channels last; 0 where none comes.</summary>
    internal nint OverChannelsLast { get; init; }
}

/// <summary>The tensors of a batch normalisation; 0 for what it does not have. Borrowed from the <see cref="FrozenWeights"/>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly record struct FrozenNorm
{
    internal FrozenNorm(nint mean, nint variance, nint weight, nint bias) =>
        (Mean, Variance, Weight, Bias) = (mean, variance, weight, bias);

    internal nint Mean { get; }

    internal nint Variance { get; }

    internal nint Weight { get; }

    internal nint Bias { get; }
}
