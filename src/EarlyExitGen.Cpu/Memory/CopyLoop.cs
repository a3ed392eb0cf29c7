namespace EarlyExitGen.Cpu.Memory;

/// <summary>One loop of a copy.</summary>
/// <param name="Size">How many elements; at least one.</param>
/// <param name="From">Floats from one to the next in the source; 0 repeats it.</param>
/// <param name="To">Floats from one to the next in the target.</param>
public readonly record struct CopyLoop(int Size, int From, int To);
