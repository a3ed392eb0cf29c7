using System.Runtime.InteropServices;
using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Calibration;

/// <summary>
/// The recorded rows as the search sees them: the level at which each leaves each early exit, and its loss at every exit. Rows that the
/// search can't tell apart are one entry with a weight.
/// </summary>
internal sealed class SearchRows
{
    public SearchRows(ExitTable table, ExitLoss loss, CandidateThresholds[] candidates)
    {
        EarlyExits = candidates.Length;
        Dictionary<int[], int> weights = new(new ByContent());
        for (int row = 0; row < table.Rows; row++)
        {
            int[] key = new int[(2 * EarlyExits) + 1];
            for (int exit = 0; exit < EarlyExits; exit++) key[exit] = candidates[exit].Levels[row];
            for (int exit = 0; exit <= EarlyExits; exit++) key[EarlyExits + exit] = loss.Of(table, exit, row);
            CollectionsMarshal.GetValueRefOrAddDefault(weights, key, out _)++;
        }

        Levels = [.. weights.Keys.SelectMany(key => key.Take(EarlyExits))];
        Losses = [.. weights.Keys.SelectMany(key => key.Skip(EarlyExits))];
        Weights = [.. weights.Values];
        Total = table.Rows;
    }

    public int EarlyExits { get; }

    /// <summary>The number of rows, weights counted.</summary>
    public int Total { get; }

    /// <summary>[entry, early exit].</summary>
    public int[] Levels { get; }

    /// <summary>[entry, exit].</summary>
    public int[] Losses { get; }

    public int[] Weights { get; }

    private sealed class ByContent : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] obj)
        {
            HashCode hash = default;
            hash.AddBytes(MemoryMarshal.AsBytes(obj.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
