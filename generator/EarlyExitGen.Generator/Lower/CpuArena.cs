using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Lower;

/// <summary>
/// Lays feature maps out in one arena. Maps without a border share memory when they are not needed at the same time. The zeros around a
/// map must stay: a map with a border shares only with maps of the very same geometry, whose interiors cover the same places.
/// </summary>
internal static class CpuArena
{
    // Buffers start at cache lines, as the arena itself asks for.
    private const int Alignment = 16;

    /// <summary>Gives every map its offset, and returns the length of all.</summary>
    /// <param name="buffers">The maps.</param>
    /// <param name="rowsTogether">How many of each lie one after the other.</param>
    public static int Place(IReadOnlyList<CpuBuffer> buffers, int rowsTogether)
    {
        List<CpuBuffer> placed = [];
        long length = 0;
        foreach (CpuBuffer buffer in buffers.Where(buffer => buffer is { KeepsZeros: true, Constant: null }).OrderBy(buffer => buffer.First))
        {
            CpuBuffer? alike = placed.LastOrDefault(other => other.HasGeometryOf(buffer) && !other.IsNeededWith(buffer));
            bool shares = alike is not null && placed.All(other => other.Offset != alike.Offset || !other.IsNeededWith(buffer));
            buffer.Offset = shares && !buffer.IsExclusive && !alike!.IsExclusive ? alike.Offset : length;
            if (buffer.Offset == length) length += room(buffer);
            placed.Add(buffer);
        }

        // The largest first, each at the lowest place where no other map is needed at the same time.
        List<CpuBuffer> sharing = [];
        long start = length;
        foreach (CpuBuffer buffer in buffers.Where(buffer => buffer is { KeepsZeros: false, Constant: null }).OrderByDescending(buffer => buffer.Length))
        {
            buffer.Offset = start;
            foreach (CpuBuffer other in sharing.Where(buffer.IsNeededWith).OrderBy(other => other.Offset))
            {
                if (other.Offset >= buffer.Offset + room(buffer)) break;
                buffer.Offset = Math.Max(buffer.Offset, other.Offset + room(other));
            }

            sharing.Add(buffer);
            length = Math.Max(length, buffer.Offset + room(buffer));
        }

        return checked((int)length);

        long room(CpuBuffer buffer) => ((rowsTogether * buffer.Length) + Alignment - 1) / Alignment * Alignment;
    }
}

/// <summary>A map while it is planned.</summary>
internal sealed class CpuBuffer(int index, MapLayout layout, int channels, int height, int width)
{
    public int Index => index;

    public MapLayout Layout => layout;

    public int Channels => channels;

    public int Height => height;

    public int Width => width;

    /// <summary>The zeros that its readers need around it.</summary>
    public int Border { get; set; }

    /// <summary>Whether it is read as one row of pixels, which a border would break.</summary>
    public bool IsReadAsRow { get; set; }

    /// <summary>Whether its kernel leaves unused lanes as they are, so that they must be and stay zero.</summary>
    public bool IsExclusive { get; set; }

    /// <summary>The first and last call that uses it.</summary>
    public int First { get; private set; } = int.MaxValue;

    public int Last { get; private set; } = -1;

    public long Offset { get; set; }

    /// <summary>The tensor of the network's own that it holds among the weights; null for a place in the arena.</summary>
    public CpuConstant? Constant { get; init; }

    public bool KeepsZeros => Border > 0 || IsExclusive;

    public long Length => Layout switch
    {
        MapLayout.Planar => FeatureMapLayout.PlanarLength(channels, height, width, Border),
        MapLayout.Rows => FeatureMapLayout.BlockedLength(channels, height, 1),
        _ => FeatureMapLayout.BlockedLength(channels, height, width, Border),
    };

    public void UseAt(int call)
    {
        First = Math.Min(First, call);
        Last = Math.Max(Last, call);
    }

    public bool IsNeededWith(CpuBuffer other) => First <= other.Last && other.First <= Last;

    public bool HasGeometryOf(CpuBuffer other) =>
        (Layout, Channels, Height, Width, Border) == (other.Layout, other.Channels, other.Height, other.Width, other.Border);

    public CpuMap ToMap() => new(Layout, Channels, Height, Width, Border, (int)Offset, Constant, IsUsed: Last >= 0);
}
