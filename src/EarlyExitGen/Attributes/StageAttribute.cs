namespace EarlyExitGen;

/// <summary>
/// Marks a stage of the backbone: a field, a property or a method that takes the features so far and returns new ones. Stages and
/// exits run in the order in which they are declared.
/// </summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Method)]
public sealed class StageAttribute : Attribute;
