namespace EarlyExitGen.Cpu.Memory;

/// <summary>Some rows of an input, by their places in it.</summary>
internal static class RowSelection
{
    /// <summary>Requires that an input has the rows that a kernel reads.</summary>
    /// <param name="selection">The place of each row; empty where the input has these rows and no other.</param>
    /// <param name="rows">How many rows the kernel reads.</param>
    /// <param name="length">Values of the input.</param>
    /// <param name="rowLength">Values of a row.</param>
    /// <exception cref="ArgumentException">A length is wrong, or a place is not in the input.</exception>
    public static void Require(ReadOnlySpan<long> selection, int rows, int length, int rowLength)
    {
        if (selection.IsEmpty)
        {
            int expected = checked(rows * rowLength);
            if (length != expected) throw new ArgumentException($"Expected {expected} inputs, found {length}.");
            return;
        }

        if (selection.Length != rows) throw new ArgumentException($"Expected {rows} places, found {selection.Length}.");
        int stored = length / rowLength;
        foreach (long place in selection)
        {
            if (place < 0 || place >= stored) throw new ArgumentException($"There is no row {place}: the input has {stored}.");
        }
    }
}
