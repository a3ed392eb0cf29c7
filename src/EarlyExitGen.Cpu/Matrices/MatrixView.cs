namespace EarlyExitGen.Cpu.Matrices;

/// <summary>Where the elements of matrices of one size lie in a buffer, such as the heads of an attention within a projection.</summary>
/// <param name="Offset">The first element, in floats from the buffer's start.</param>
/// <param name="Matrix">Floats from one matrix to the next.</param>
/// <param name="Row">Floats from one row to the next.</param>
/// <param name="Column">Floats from one column to the next.</param>
public readonly record struct MatrixView(int Offset, int Matrix, int Row, int Column = 1)
{
    /// <summary>The floats of a buffer that holds all elements. No step may be negative.</summary>
    /// <param name="matrices">How many matrices; at least one.</param>
    /// <param name="rows">Rows of a matrix; at least one.</param>
    /// <param name="columns">Columns of a matrix; at least one.</param>
    public int Length(int matrices, int rows, int columns) =>
        checked(Offset + ((matrices - 1) * Matrix) + ((rows - 1) * Row) + ((columns - 1) * Column) + 1);
}
