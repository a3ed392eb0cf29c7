using System.Diagnostics.CodeAnalysis;
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
    /// <param name="tail">What follows in the same operation; null for nothing.</param>
    /// <returns>The layer, which goes the way that will be chosen.</returns>
    public FrozenLayer Measure(
        FrozenLayer layer,
        string path,
        ReadOnlySpan<long> input,
        ReadOnlySpan<long> stride,
        ReadOnlySpan<long> padding,
        ReadOnlySpan<long> dilation,
        long groups,
        LayerTail? tail = null)
    {
        if (convolutions.TryGetValue(path, out FrozenConvolution? known)) return known.Layer;
        if (!HasWays) return layer;
        Tensor weight = owned.First(tensor => tensor.Handle == layer.Weight);
        FrozenConvolution convolution = new(layer, weight, input, stride, padding, dilation, groups, tail);
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
    /// <param name="tail">What follows in the same operation; null for nothing.</param>
    /// <returns>The layer, which goes that way.</returns>
    public FrozenLayer MeasureLinear(FrozenLayer layer, string path, ReadOnlySpan<long> input, LayerTail? tail = null)
    {
        if (linears.TryGetValue(path, out FrozenLinear? known)) return known.Layer;
        if (!CanMeasure(layer, out Tensor? weight)) return layer;
        return Choose(path, new FrozenLinear(layer, weight, tail), input.ToArray(), oneRowHasChannelsLast: false, batchHasChannelsLast: false);
    }

    /// <summary>
    /// The same for one that flattens maps, after all convolutions have their way. It reads maps as they lie, by another weight where their
    /// channels are last.
    /// </summary>
    /// <param name="layer">Its weight and bias.</param>
    /// <param name="path">Its path in the state dictionary, where no other map comes.</param>
    /// <param name="map">[C, H, W].</param>
    /// <param name="tail">What follows in the same operation; null for nothing.</param>
    /// <returns>The layer, which goes that way.</returns>
    public FrozenLayer MeasureFlattening(FrozenLayer layer, string path, ReadOnlySpan<long> map, LayerTail? tail = null)
    {
        if (linears.TryGetValue(path, out FrozenLinear? known)) return known.Layer;
        if (!CanMeasure(layer, out Tensor? weight)) return layer;
        bool oneRow = routes.Any(route => route.OneRow.Way != ConvolutionWay.Ordinary);
        bool batch = routes.Any(route => route.Batch.Way != ConvolutionWay.Ordinary);
        Tensor? overLast = null;
        if (oneRow || batch)
        {
            using IDisposable noGradient = no_grad();
            using DisposeScope scope = NewDisposeScope();
            nint handle = Own(weight.reshape(-1, map[0], map[1], map[2]).permute(0, 2, 3, 1).flatten(1));
            layer = layer with { OverChannelsLast = handle };
            overLast = owned.First(tensor => tensor.Handle == handle);
        }

        return Choose(path, new FrozenLinear(layer, weight, tail, map.ToArray(), overLast), map.ToArray(), oneRow, batch);
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
                    OneRow = route.OneRow with { Way = oneRow ? route.OneRow.FastestChannelsLast : ConvolutionWay.Ordinary },
                    Batch = route.Batch with { Way = batch ? route.Batch.FastestChannelsLast : ConvolutionWay.Ordinary },
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

    private bool CanMeasure(FrozenLayer layer, [NotNullWhen(true)] out Tensor? weight)
    {
        weight = null;
        if (!HasWays) return false;
        weight = owned.First(tensor => tensor.Handle == layer.Weight);
        return FrozenLinear.CanPack(weight);
    }

    private FrozenLayer Choose(string path, FrozenLinear linear, long[] input, bool oneRowHasChannelsLast, bool batchHasChannelsLast)
    {
        linears.Add(path, linear);
        long[] one = [1, .. input];
        long[] several = [BatchRows, .. input];
        LinearRoute route = carriedLinears.TryGetValue(path, out LinearRoute? earlier)
            ? earlier with
            {
                OneRow = linear.Confirm(earlier.OneRow, one, oneRowHasChannelsLast),
                Batch = linear.Confirm(earlier.Batch, several, batchHasChannelsLast),
            }
            : new LinearRoute(path, linear.Measure(one, oneRowHasChannelsLast), linear.Measure(several, batchHasChannelsLast));
        linearRoutes.Add(route);
        linear.Take(route);
        return linear.Layer;
    }

    // False for a NaN too: a layer that does not answer the same with its channels last.
    private static bool PaysChannelsLast(IEnumerable<ConvolutionTiming> timings) =>
        timings.Sum(timing => timing.ShortestChannelsLast) < Gain * timings.Sum(timing => timing.Ordinary);
}
