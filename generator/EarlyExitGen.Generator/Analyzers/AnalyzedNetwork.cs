using EarlyExitGen.Generator.Lower;
using EarlyExitGen.Generator.Model;
using EarlyExitGen.Generator.Parse;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Analyzers;

/// <summary>A class with <c>[EarlyExitNetwork]</c> in the source, whether or not it can be compiled.</summary>
internal sealed record NetworkDeclaration(
    INamedTypeSymbol Type, AttributeData Attribute, NetworkSyntax Syntax, SourceReader Source)
{
    public CancellationToken Cancellation => Source.Cancellation;

    /// <summary>Every marked member, in the order of the model: stages first, then exits.</summary>
    public IEnumerable<PartSyntax> Parts => Syntax.Stages.Concat(Syntax.Exits);

    public void Report(DiagnosticDescriptor rule, Location where, params object[] arguments) =>
        Syntax.Report(Diagnostic.Create(rule, where, arguments));
}

/// <summary>A network that can be compiled, with the shapes and costs that the generator will find too.</summary>
internal sealed record AnalyzedNetwork(
    NetworkDeclaration Declaration, NetworkModel Model, IReadOnlyList<AnalyzedPart> Stages, IReadOnlyList<AnalyzedPart> Exits)
{
    /// <summary>The gates of those exits that have one, in the order of the exits.</summary>
    public IReadOnlyList<AnalyzedPart> Gates { get; init; } = [];

    /// <summary>Every stage, head and gate.</summary>
    public IEnumerable<AnalyzedPart> Parts => Stages.Concat(Exits).Concat(Gates);

    public static AnalyzedNetwork Infer(NetworkDeclaration declaration, NetworkModel model)
    {
        TensorShape? features = TensorShape.OfInput(model.Input);
        EquatableArray<TensorShape> extraInputs = new([.. model.ExtraInputs.Select(extra => new TensorShape(extra.Shape))]);
        List<AnalyzedPart> stages = [];
        List<AnalyzedPart> exits = [];
        List<AnalyzedPart> gates = [];
        for (int stage = 0; stage < model.Stages.Count; stage++)
        {
            StageModel declared = model.Stages[stage];
            AnalyzedPart part = AnalyzedPart.Infer(
                $"stage '{declared.Member.Name}'", declaration.Syntax.Stages[stage], declared.Layers, features, extraInputs);
            stages.Add(part);
            features = part.Lowered.Output;
            for (int exit = 0; exit < model.Exits.Count; exit++)
            {
                ExitModel head = model.Exits[exit];
                if (head.Stage != stage) continue;
                exits.Add(AnalyzedPart.Infer(
                    $"exit '{head.Member.Name}'", declaration.Syntax.Exits[exit], head.Layers, features, extraInputs));
                if (head.Gate is not { } gate) continue;
                PartSyntax gateSyntax = declaration.Syntax.Exits[exit] with { Layers = declaration.Syntax.Exits[exit].Gate! };
                gates.Add(AnalyzedPart.Infer($"gate '{gate.Member.Name}'", gateSyntax, gate.Layers, features, extraInputs));
            }
        }

        return new AnalyzedNetwork(declaration, model, stages, exits) { Gates = gates };
    }
}

/// <summary>A stage or an exit with its shapes, costs and source.</summary>
/// <param name="Name">As people say it: <c>stage 'stem'</c>.</param>
/// <param name="Misfits">The layers that can't take what arrives.</param>
internal sealed record AnalyzedPart(
    string Name,
    PartSyntax Syntax,
    LoweredPart Lowered,
    IReadOnlyList<(LayerSyntax Layer, Operation Operation, ShapeMisfit Misfit)> Misfits)
{
    public static AnalyzedPart Infer(
        string name, PartSyntax syntax, EquatableArray<LayerModel> layers, TensorShape? input, EquatableArray<TensorShape> extraInputs)
    {
        List<(LayerSyntax, Operation, ShapeMisfit)> misfits = [];
        LoweredPart shaped = ShapeInference.Run(
            layers, input, extraInputs, (layer, misfit) => misfits.Add((syntax.Layers[layer], layers[layer].Operation, misfit)));
        return new AnalyzedPart(name, syntax, CostModel.Run(shaped), misfits);
    }
}
