using System.Collections;
using System.Reflection;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Tests.Incrementality;

/// <summary>The models compare by value, by every field, and hold nothing that ties them to a compilation.</summary>
public sealed class ModelEqualityTests
{
    public static TheoryData<Type> Models =>
    [
        .. typeof(NetworkModel).Assembly.GetTypes().Where(type =>
            type.Namespace == typeof(NetworkModel).Namespace
            && !type.IsAbstract
            && type != typeof(GeneratedType)
            && type.GetMethod("<Clone>$") is not null),
    ];

    [Theory]
    [MemberData(nameof(Models))]
    public void Equal_values_make_equal_models(Type model)
    {
        Assert.Equal(Make(model, seed: 1), Make(model, seed: 1));
        Assert.Equal(Make(model, seed: 1).GetHashCode(), Make(model, seed: 1).GetHashCode());
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_field_changes_equality(Type model)
    {
        ConstructorInfo constructor = PrimaryConstructor(model);
        object?[] values = Arguments(constructor, seed: 1);
        object original = constructor.Invoke(values);
        object?[] others = Arguments(constructor, seed: 2);
        for (int field = 0; field < values.Length; field++)
        {
            object?[] changed = [.. values];
            changed[field] = others[field];

            Assert.False(original.Equals(constructor.Invoke(changed)), $"{model.Name}.{constructor.GetParameters()[field].Name}");
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void No_field_knows_the_compilation(Type model)
    {
        foreach (FieldInfo field in model.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
        {
            Type type = Nullable.GetUnderlyingType(field.FieldType) ?? field.FieldType;
            Type element = type.IsGenericType ? type.GetGenericArguments()[0] : type;
            bool isOurs = element.Assembly == typeof(NetworkModel).Assembly;
            bool isArray = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(EquatableArray<>);

            Assert.True(isOurs || element.IsPrimitive || element == typeof(string), $"{model.Name}.{field.Name}");
            Assert.True(isArray || !typeof(IEnumerable).IsAssignableFrom(type) || type == typeof(string), $"{model.Name}.{field.Name}");
            Assert.False(typeof(ISymbol).IsAssignableFrom(element) || typeof(SyntaxNode).IsAssignableFrom(element));
        }
    }

    private static ConstructorInfo PrimaryConstructor(Type model) =>
        model.GetConstructors(BindingFlags.Instance | BindingFlags.Public)
            .OrderByDescending(constructor => constructor.GetParameters().Length)
            .First(constructor => constructor.GetParameters() is not [{ ParameterType: var only }] || only != model);

    private static object Make(Type model, int seed) => PrimaryConstructor(model).Invoke(Arguments(PrimaryConstructor(model), seed));

    private static object?[] Arguments(ConstructorInfo constructor, int seed) =>
        [.. constructor.GetParameters().Select(parameter => Value(parameter.ParameterType, seed))];

    private static object Value(Type type, int seed) => type switch
    {
        _ when Nullable.GetUnderlyingType(type) is { } underlying => Value(underlying, seed),
        _ when type == typeof(string) => $"text{seed}",
        _ when type == typeof(bool) => seed == 1,
        _ when type.IsEnum => Enum.GetValues(type).GetValue(seed - 1)!,
        _ when type.IsPrimitive => Convert.ChangeType(seed, type, System.Globalization.CultureInfo.InvariantCulture),
        _ when type == typeof(KernelCall) => Make(seed == 1 ? typeof(ToRowCall) : typeof(FromRowCall), seed),
        _ when type == typeof(Operation) => seed == 1 ? new Flatten(1, -1) : new ModuleCall("other"),
        _ when type.IsGenericType && type.GetGenericTypeDefinition() == typeof(EquatableArray<>) =>
            typeof(ModelEqualityTests).GetMethod(nameof(ArrayOf), BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(type.GetGenericArguments()[0]).Invoke(null, [seed])!,
        _ => Make(type, seed),
    };

    private static EquatableArray<T> ArrayOf<T>(int seed)
        where T : IEquatable<T> => new([(T)Value(typeof(T), 1), (T)Value(typeof(T), seed)]);
}
