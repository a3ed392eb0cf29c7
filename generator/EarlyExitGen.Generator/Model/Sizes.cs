namespace EarlyExitGen.Generator.Model;

/// <summary>Products of sizes that come from source code, where any number may stand.</summary>
internal static class Sizes
{
    // Far above any real network, and far enough below the largest long that sums of products stay exact.
    private const double Largest = 1L << 52;

    /// <summary>The product, or null when a factor is unknown or the product is beyond any real network.</summary>
    public static long? Product(params IEnumerable<long?> factors)
    {
        long product = 1;
        foreach (long? factor in factors)
        {
            if (factor is not { } known || Math.Abs((double)product * known) > Largest) return null;
            product *= known;
        }

        return product;
    }

    /// <inheritdoc cref="Product(IEnumerable{long?})"/>
    public static long? Product(EquatableArray<long> factors) => Product(factors.Select(factor => (long?)factor));
}
