using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>Names types as simply as the place allows: <c>Tensor</c>, or the full name where the author has a <c>Tensor</c> too.</summary>
internal sealed class TypeNames(EquatableArray<string> shadowed)
{
    public string this[string name] => shadowed.Contains(name) ? "global::" + Find(name).FullName : name;

    /// <summary>A criterion: simple when it is one of ours, otherwise as the parser wrote it.</summary>
    public string Criterion(CriterionModel criterion)
    {
        GeneratedType? ours = GeneratedType.All.FirstOrDefault(type => "global::" + type.FullName == criterion.Type);
        return ours is null ? criterion.Type : this[ours.Name];
    }

    private static GeneratedType Find(string name) => GeneratedType.All.First(type => type.Name == name);
}
