namespace EarlyExitGen.Lab.Training;

/// <summary>
/// Where and how often a run notes down its state: weights, optimiser, scheduler, position, random numbers. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// On a CPU, a run that goes on ends with the weights of an uninterrupted one, bit for bit. On CUDA it goes on as well, but not to the
/// bit: TorchSharp does not let the device's random numbers, those of dropout, be saved, and not all of its sums have one order.
/// </remarks>
public sealed record CheckpointOptions
{
    /// <summary>Makes them.</summary>
    /// <param name="path">The file; a safetensors file of at most 2 GiB, replaced each time in one step.</param>
    /// <param name="everyBatches">Besides at the end of each epoch, after that many batches; 0 for epochs only.</param>
    /// <param name="resume">Whether to go on from the file when it is there; otherwise a run starts anew and replaces it.</param>
    public CheckpointOptions(string path, int everyBatches = 0, bool resume = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfNegative(everyBatches);
        Path = path;
        EveryBatches = everyBatches;
        Resume = resume;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>After how many batches it is written; 0 for the end of each epoch only.</summary>
    public int EveryBatches { get; }

    /// <summary>Whether to go on from the file when it is there.</summary>
    public bool Resume { get; }
}
