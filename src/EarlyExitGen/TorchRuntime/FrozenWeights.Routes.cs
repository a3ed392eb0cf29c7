using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <content>Which way each layer goes, and whether rows are gathered: measured once, when the weights are frozen.</content>
public sealed partial class FrozenWeights
{
    /// <summary>The rows of what is measured for batches.</summary>
    internal const int BatchRows = 8;

    // The ordinary way, unless another is faster by more than the clock's noise.
    private const double Gain = 0.95;

    private readonly Dictionary<string, FrozenConvolution> convolutions = [];
    private readonly Dictionary<string, ConvolutionRoute> carried = [];
    private readonly List<ConvolutionRoute> routes = [];
    private readonly Dictionary<string, FrozenLinear> linears = [];
    private readonly Dictionary<string, LinearRoute> carriedLinears = [];
    private readonly List<LinearRoute> linearRoutes = [];
    private readonly Dictionary<nint, nint> overMaps = [];
    private bool areChosen;

    /// <summary>What gathering rows takes and saves; null until it is measured, empty where it is not.</summary>
    internal Compaction[]? Compactions { get; set; }

    /// <summary>The choices for linear layers, in their order.</summary>
    internal IReadOnlyList<LinearRoute> LinearRoutes => linearRoutes;

    /// <summary>The choices for convolutions, in their order.</summary>
    internal IReadOnlyList<ConvolutionRoute> Routes => routes;

    /// <summary>Times the ways that a convolution can go, for <see cref="ChooseRoutes"/>, after those before it.</summary>
    /// <param name="layer">Its weight and bias.</param>
    /// <param name="path">Its path in the state dictionary.</param>
    /// <param name="input">[C, H, W].</param>
    /// <param name="stride">Rows, columns.</param>
    /// <param name="padding">Rows, columns.</param>
    /// <param name="dilation">Rows, columns.</param>
    /// <param name="groups">Into how many groups the channels are split.</param>
    /// <returns>The layer, which goes the way that will be chosen.</returns>
    public FrozenLayer Measure(
        FrozenLayer layer,
        string path,
        ReadOnlySpan<long> input,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> dilation,
        long groups)
    {
        if (convolutions.TryGetValue(path, out FrozenConvolution? known)) return known.Layer;
        if (!HasWays) return layer;
        Tensor weight = owned.First(tensor => tensor.Handle == layer.Weight);
        FrozenConvolution convolution = new(layer, weight, stride, padding, dilation, groups);
        convolutions.Add(path, convolution);
        bool isFirst = convolutions.Count == 1;
        ConvolutionRoute route = carried.TryGetValue(path, out ConvolutionRoute? earlier)
            ? convolution.Confirm(earlier, [1, .. input], [BatchRows, .. input], isFirst)
            : new ConvolutionRoute(
                path, convolution.Measure([1, .. input], isFirst), convolution.Measure([BatchRows, .. input], isFirst));
        routes.Add(route);
        return convolution.Layer;
    }

    /// <summary>Times both ways that a linear layer can go, and takes the faster one.</summary>
    /// <param name="layer">Its weight and bias.</param>
    /// <param name="path">Its path in the state dictionary.</param>
    /// <param name="input">The input's shape without the rows of the batch.</param>
    /// <returns>The layer, which goes that way.</returns>
    public FrozenLayer MeasureLinear(FrozenLayer layer, string path, ReadOnlySpan<long> input)
    {
        if (linears.TryGetValue(path, out FrozenLinear? known)) return known.Layer;
        if (!HasWays) return layer;
        Tensor weight = owned.First(tensor => tensor.Handle == layer.Weight);
        if (!FrozenLinear.CanPack(weight)) return layer;
        FrozenLinear linear = new(layer, weight);
        linears.Add(path, linear);
        if (!carriedLinears.TryGetValue(path, out LinearRoute? route))
        {
            route = new LinearRoute(path, linear.Measure([1, .. input]), linear.Measure([BatchRows, .. input]));
        }

        linearRoutes.Add(route);
        linear.Take(route);
        return linear.Layer;
    }

    /// <summary>A linear layer that flattens a map, with a weight for maps that have their channels last too, if any will have.</summary>
    /// <param name="layer">Its weight and bias.</param>
    /// <param name="map">[C, H, W].</param>
    /// <returns>The layer.</returns>
    public FrozenLayer OverMap(FrozenLayer layer, ReadOnlySpan<long> map)
    {
        if (routes.All(route => route is { OneRow.Way: ConvolutionWay.Ordinary, Batch.Way: ConvolutionWay.Ordinary })) return layer;
        if (!overMaps.TryGetValue(layer.Weight, out nint weight))
        {
            using IDisposable noGradient = no_grad();
            using DisposeScope scope = NewDisposeScope();
            Tensor channelsFirst = owned.First(tensor => tensor.Handle == layer.Weight).reshape(-1, map[0], map[1], map[2]);
            overMaps[layer.Weight] = weight = Own(channelsFirst.permute(0, 2, 3, 1).flatten(1));
        }

        return layer with { OverChannelsLast = weight };
    }

    /// <summary>
    /// Chooses the layout for all measured convolutions together, and then each one's faster way in it. Where weights were frozen before,
    /// the choice is theirs: an answer does not change by a rounding because the clock ran otherwise.
    /// </summary>
    public void ChooseRoutes()
    {
        if (areChosen) return;
        areChosen = true;
        if (carried.Count == 0)
        {
            bool oneRow = PaysChannelsLast(routes.Select(route => route.OneRow));
            bool batch = PaysChannelsLast(routes.Select(route => route.Batch));
            for (int index = 0; index < routes.Count; index++)
            {
                ConvolutionRoute route = routes[index];
                routes[index] = route with
                {
                    OneRow = route.OneRow with { Way = oneRow ? Faster(route.OneRow) : ConvolutionWay.Ordinary },
                    Batch = route.Batch with { Way = batch ? Faster(route.Batch) : ConvolutionWay.Ordinary },
                };
            }
        }

        foreach (ConvolutionRoute route in routes) convolutions[route.Path].Take(route);
    }

    /// <summary>Takes over the choices of weights that these replace.</summary>
    internal void CarryRoutes(FrozenWeights earlier)
    {
        // What was measured on the CPU says nothing of a GPU.
        if (earlier.Device.type == Device.type) Compactions = earlier.Compactions;
        foreach (ConvolutionRoute route in earlier.routes) carried[route.Path] = route;
        foreach (LinearRoute route in earlier.linearRoutes) carriedLinears[route.Path] = route;
    }

    // False for a NaN too: a layer that does not answer the same with its channels last.
    private static bool PaysChannelsLast(IEnumerable<ConvolutionTiming> timings) =>
        timings.Sum(timing => double.IsNaN(timing.Packed) ? timing.ChannelsLast : Math.Min(timing.ChannelsLast, timing.Packed))
            < Gain * timings.Sum(timing => timing.Ordinary);

    private static ConvolutionWay Faster(ConvolutionTiming timing) =>
        timing.Packed < timing.ChannelsLast ? ConvolutionWay.Packed : ConvolutionWay.ChannelsLast;
}
