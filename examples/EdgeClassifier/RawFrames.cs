using System.Globalization;
using FashionMnist.Images;

namespace EdgeClassifier;

/// <summary>Frames as a camera delivers them: the bytes of one after the bytes of the other.</summary>
internal static class RawFrames
{
    /// <summary>Hands on every frame until the stream ends.</summary>
    /// <exception cref="InvalidDataException">It ends within a frame.</exception>
    public static void ForEach(Stream stream, ReadOnlySpanAction<byte> take)
    {
        byte[] frame = new byte[GreyImage.Pixels];
        for (int number = 0; ; number++)
        {
            int read = stream.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false);
            if (read == 0) return;
            string name = number.ToString("'frame' 0", CultureInfo.InvariantCulture);
            if (read < frame.Length)
            {
                throw new InvalidDataException($"{name} has {read} bytes instead of {frame.Length}: frames are {GreyImage.Side}×{GreyImage.Side}.");
            }

            take(name, frame);
        }
    }
}

/// <summary>Takes a name and some elements.</summary>
internal delegate void ReadOnlySpanAction<T>(string name, ReadOnlySpan<T> elements);
