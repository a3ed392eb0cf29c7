namespace EarlyExitGen.Cpu.Convolution;

// One struct per number of pixels, with a field per sum: the compiler keeps fields of a local struct in registers, but not elements of
// an inline array nor structs within structs (measured: 97 % of the multiply-add peak against 30 % and 52 %). Every call below is
// inlined and its integers are constants of the layer, so each method is a straight run of instructions. The calls are few and plain
// because the compiler stops inlining when one method has too many.

/// <summary>
/// A tile of output pixels whose sums stay in registers: for each pixel one vector of output channels, or two. Pixel i lies in row
/// i % rows and column i / rows, so that in two rows each four pixels from an even column on are a 2×2 window.
/// </summary>
internal unsafe interface ITile<TVector>
    where TVector : struct
{
    /// <summary>Pixels in the tile.</summary>
    static abstract int Pixels { get; }

    /// <summary>Sets every pixel to the bias.</summary>
    void Start(TVector first, TVector second);

    /// <summary>Adds one input channel's value at each pixel times that channel's weights for one vector of output channels.</summary>
    /// <remarks>Each value is used once, right where it is read, so that it is read by the multiply-add instruction itself.</remarks>
    void MultiplyAdd(float* input, int rows, nint rowStep, nint columnStep, TVector weights);

    /// <summary>Adds one input channel's value at each pixel times that channel's weights for two vectors of output channels.</summary>
    void MultiplyAdd(float* input, int rows, nint rowStep, nint columnStep, TVector first, TVector second);

    /// <summary>
    /// Adds three input pixels side by side times their weights for one vector of output channels, to each pixel of two rows: the second
    /// vectors are the lower row's. Only tiles of four, six and eight pixels do.
    /// </summary>
    /// <remarks>Each value is read once, for the three sums that it goes into.</remarks>
    void MultiplyAddThree(float* upper, float* lower, nint columnStep, TVector left, TVector middle, TVector right);

    /// <summary>Adds the vector of channels at each pixel times those channels' weights. Of one vector per pixel only.</summary>
    void MultiplyAddEach(float* input, int rows, nint rowStep, nint columnStep, TVector weight);

    /// <summary>Adds a feature map.</summary>
    void Add(float* map, int rows, nint rowStep, nint columnStep, bool two, int secondOffset);

    /// <summary>Raises what is below the floor. NaN stays NaN.</summary>
    void AtLeast(TVector floor, bool two);

    /// <summary>Lowers what is above the ceiling. NaN stays NaN.</summary>
    void AtMost(TVector ceiling, bool two);

    /// <summary>Stores every pixel.</summary>
    void Store(float* output, int rows, nint rowStep, nint columnStep, bool two, int secondOffset);

    /// <summary>Stores the largest of each 2×2 window in two rows, NaN staying NaN. Only tiles of four and eight pixels do.</summary>
    void StoreLargest(float* output, nint columnStep, bool two, int secondOffset);

    /// <summary>Likewise where the second vectors are the lower row. Only tiles of four, six and eight pixels do.</summary>
    void StoreLargestOfBoth(float* output, nint columnStep);
}
