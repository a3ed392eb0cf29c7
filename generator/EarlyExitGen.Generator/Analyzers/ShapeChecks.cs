using System.Collections.Immutable;
using System.Globalization;
using EarlyExitGen.Generator.Diagnostics;
using EarlyExitGen.Generator.Model;
using EarlyExitGen.Generator.Parse;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Analyzers;

/// <summary>Shapes through the whole network: what each layer expects against what arrives.</summary>
internal static class ShapeChecks
{
    /// <summary>The name of the property with the number that would fit.</summary>
    public const string FittingProperty = "Fitting";

    public static void Check(AnalyzedNetwork network)
    {
        CheckInput(network);
        foreach (AnalyzedPart part in network.Parts)
        {
            foreach ((LayerSyntax layer, Operation operation, ShapeMisfit misfit) in part.Misfits)
            {
                Report(network, part, layer, operation, misfit);
            }
        }

        foreach (AnalyzedPart exit in network.Exits) CheckLogits(network, exit);
        foreach (AnalyzedPart gate in network.Gates) CheckGate(network, gate);
    }

    private static void CheckInput(AnalyzedNetwork network)
    {
        EquatableArray<long> input = network.Model.Input;
        if (input.Count == 0)
        {
            Location name = Locations.Of(network.Declaration.Attribute, network.Declaration.Cancellation);
            network.Declaration.Report(Rules.InputMissing, name, network.Declaration.Type.Name);
        }
        else if (input.Any(dimension => dimension < 1))
        {
            Location value = Locations.OfNamed(
                network.Declaration.Attribute, nameof(NetworkModel.Input), network.Declaration.Cancellation);
            network.Declaration.Report(Rules.InputNotPositive, value, network.Declaration.Type.Name, new TensorShape(input));
        }
    }

    private static void Report(AnalyzedNetwork network, AnalyzedPart part, LayerSyntax layer, Operation operation, ShapeMisfit misfit)
    {
        (DiagnosticDescriptor rule, SyntaxNode where) = misfit.Kind switch
        {
            MisfitKind.Channels => (Rules.ChannelsDoNotFit, layer.Argument(SizeParameter(operation))),
            MisfitKind.Features => (Rules.FeaturesDoNotFit, layer.Argument(SizeParameter(operation))),
            MisfitKind.Unflattened => (Rules.NotFlattened, layer.Where),
            MisfitKind.Kernel => (Rules.KernelLargerThanMap, layer.Argument("kernel_size")),
            MisfitKind.Vanishing => (Rules.MapShrinksToNothing, layer.Argument("kernel_size")),
            MisfitKind.Rank => (Rules.RankDoesNotFit, layer.Where),
            _ => (Rules.ImpossibleArgument, layer.Where),
        };
        ImmutableDictionary<string, string?> properties = ImmutableDictionary<string, string?>.Empty;
        if (misfit.Fitting is { } fitting)
        {
            properties = properties.Add(FittingProperty, fitting.ToString(CultureInfo.InvariantCulture));
        }

        network.Declaration.Syntax.Report(Diagnostic.Create(
            rule, where.GetLocation(), properties, layer.Name, part.Name, misfit.Expected, misfit.Actual));
    }

    private static string SizeParameter(Operation operation) => operation switch
    {
        Linear => "inputSize",
        BatchNorm => "num_features",
        GroupNorm => "num_channels",
        LayerNorm => "normalized_shape",
        _ => "in_channels",
    };

    private static void CheckGate(AnalyzedNetwork network, AnalyzedPart gate)
    {
        if (gate.Lowered.Output is not { } output || output.Dimensions.All(size => size == 1)) return;
        SyntaxNode where = gate.Syntax.Layers[gate.Syntax.Layers.Count - 1].Where;
        string name = network.Model.Exits.First(exit => gate.Name == $"gate '{exit.Gate?.Member.Name}'").Gate!.Member.Name;
        network.Declaration.Report(Rules.GateIsNotOneValue, where.GetLocation(), name, output);
    }

    private static void CheckLogits(AnalyzedNetwork network, AnalyzedPart exit)
    {
        if (exit.Lowered.Output is not { } output) return;
        if (output.Rank == 1 && output.Dimensions[0] == network.Model.Classes) return;

        // The layer that decides the width, if there is one: activations and dropout after it only pass it on.
        int last = exit.Lowered.Steps.Count - 1;
        while (last > 0 && exit.Lowered.Steps[last].Layer.Operation is Activation or Identity or BatchNorm or LayerNorm) last--;
        LayerSyntax layer = exit.Syntax.Layers[last];
        bool isLinear = exit.Lowered.Steps[last].Layer.Operation is Linear && output.Rank == 1;
        SyntaxNode where = isLinear ? layer.Argument("outputSize") : layer.Where;
        ImmutableDictionary<string, string?> properties = ImmutableDictionary<string, string?>.Empty;
        if (isLinear)
        {
            properties = properties.Add(FittingProperty, network.Model.Classes.ToString(CultureInfo.InvariantCulture));
        }

        network.Declaration.Syntax.Report(Diagnostic.Create(
            Rules.OutputIsNotClasses, where.GetLocation(), properties, exit.Syntax.Symbol.Name, network.Model.Classes, output));
    }
}
