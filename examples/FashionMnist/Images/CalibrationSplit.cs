namespace FashionMnist.Images;

/// <summary>
/// Which training images the network is trained on, and which are kept for calibration: thresholds that are chosen on images which the
/// network has learnt by heart would be too bold.
/// </summary>
/// <param name="Training">For training.</param>
/// <param name="HeldOut">For calibration: every sixth image.</param>
internal sealed record CalibrationSplit(ImageSet Training, ImageSet HeldOut)
{
    private const int Every = 6;

    /// <summary>Deals the training images of a data set. The same images are always dealt alike.</summary>
    public static CalibrationSplit Of(ImageSet images)
    {
        ILookup<bool, int> isHeldOut = Enumerable.Range(0, images.Count).ToLookup(index => index % Every == Every - 1);
        return new CalibrationSplit(images.Select([.. isHeldOut[false]]), images.Select([.. isHeldOut[true]]));
    }
}
