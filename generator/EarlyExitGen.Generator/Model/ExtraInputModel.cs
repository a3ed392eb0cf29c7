namespace EarlyExitGen.Generator.Model;

/// <summary>
/// A tensor that is passed along beside the features. As a value of a part it has the number −1 for the first that is declared, −2 for the
/// second, and so on; the slot where it lies has the same number.
/// </summary>
/// <param name="Name">Its name without a leading @.</param>
/// <param name="Shape">The shape of one row; every dimension is positive.</param>
/// <param name="Type">Its element type.</param>
internal sealed record ExtraInputModel(string Name, EquatableArray<long> Shape, ElementType Type)
{
    /// <summary>The value, and the slot, of an extra input; and the other way round.</summary>
    public static int Number(int index) => -1 - index;
}
