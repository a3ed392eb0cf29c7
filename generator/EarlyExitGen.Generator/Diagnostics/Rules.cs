using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Diagnostics;

/// <summary>
/// Every rule of the compiler, one file for each category. Ids are never reused; each has a page in <c>generator/docs/diagnostics</c>.
/// </summary>
internal static partial class Rules
{
    private const string Declaration = "EarlyExitGen.Declaration";
    private const string Thresholds = "EarlyExitGen.Thresholds";
    private const string Shapes = "EarlyExitGen.Shapes";
    private const string Meaning = "EarlyExitGen.Meaning";
    private const string Cost = "EarlyExitGen.Cost";

    /// <summary>All rules, by id.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All =>
    [
        NotPartial,
        WrongBase,
        NoStage,
        NoFinalExit,
        ExitBeforeStage,
        MissingCriterion,
        UnusableMember,
        ClassesNotPositive,
        FileLocal,
        ReservedName,
        CriterionOnFinalExit,
        StaticNetwork,
        AbstractNetwork,
        NetworkOfNetwork,
        SpreadOverFiles,
        AssignedAfterRegistration,
        SharedModule,
        MissingNetworkAttribute,
        SeveralMarks,
        ThresholdNotFinite,
        ThresholdOutsideRange,
        ThresholdOnEdge,
        UnreachableExit,
        UnknownCriterion,
        GateMissing,
        CriterionDoesNotSuit,
        AnswersDoNotFit,
        GateIsNotOneValue,
        StrayCondition,
        ChannelsDoNotFit,
        FeaturesDoNotFit,
        NotFlattened,
        KernelLargerThanMap,
        MapShrinksToNothing,
        RankDoesNotFit,
        OutputIsNotClasses,
        InputNotPositive,
        InputMissing,
        ImpossibleArgument,
        HeadEndsInSoftmax,
        NormOnLogits,
        ExitCannotPay,
        IdenticalNeighbours,
        DroppedLogits,
        OneClass,
        AttentionOverBatch,
        TensorStaysBehind,
        OrdinaryCall,
        NoCpuPipeline,
        StaticMember,
        ModuleAtEachCall,
        NeverAssigned,
        OverriddenForward,
        UnusableCriterion,
        ExtraInputUnknown,
        ExtraInputInvalid,
        ExtraInputUnused,
    ];

    /// <summary>Nothing can be generated: an error that no configuration can switch off.</summary>
    private static DiagnosticDescriptor Fatal(string id, string category, string title, string message) =>
        Create(id, category, DiagnosticSeverity.Error, title, message, WellKnownDiagnosticTags.NotConfigurable);

    /// <summary>What is generated throws at run time.</summary>
    private static DiagnosticDescriptor Error(string id, string category, string title, string message) =>
        Create(id, category, DiagnosticSeverity.Error, title, message);

    private static DiagnosticDescriptor Warning(string id, string category, string title, string message) =>
        Create(id, category, DiagnosticSeverity.Warning, title, message);

    private static DiagnosticDescriptor Info(string id, string category, string title, string message) =>
        Create(id, category, DiagnosticSeverity.Info, title, message);

    private static DiagnosticDescriptor Create(
        string id, string category, DiagnosticSeverity severity, string title, string message, params string[] tags) => new(
        id,
        title,
        message,
        category,
        severity,
        isEnabledByDefault: true,
        description: $"See {HelpLinks.PageOf(id)}: why, a wrong example and the right one.",
        helpLinkUri: HelpLinks.Of(id),
        customTags: tags);
}
