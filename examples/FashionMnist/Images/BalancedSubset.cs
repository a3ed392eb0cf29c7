namespace FashionMnist.Images;

/// <summary>How the images that come with this example were chosen from the full Fashion-MNIST.</summary>
internal static class BalancedSubset
{
    /// <summary>Training images of each class in the subset.</summary>
    public const int TrainingPerClass = 1200;

    /// <summary>Test images of each class in the subset.</summary>
    public const int TestPerClass = 200;

    /// <summary>The first <paramref name="perClass"/> images of every class, in the order in which they stand in the full set.</summary>
    /// <exception cref="InvalidDataException">A class has fewer images.</exception>
    public static ImageSet FirstOfEachClass(ImageSet full, int perClass)
    {
        int[] taken = new int[ImageSet.ClassNames.Length];
        List<int> chosen = [];
        for (int index = 0; index < full.Count; index++)
        {
            if (taken[full.Labels[index]]++ < perClass) chosen.Add(index);
        }

        int scarce = Array.FindIndex(taken, count => count < perClass);
        if (scarce >= 0)
        {
            throw new InvalidDataException(
                $"The subset takes {perClass} images of each class, but '{ImageSet.ClassNames[scarce]}' has only {taken[scarce]}.");
        }

        return full.Select(chosen);
    }
}
