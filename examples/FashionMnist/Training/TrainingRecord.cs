using System.Text.Json;

namespace FashionMnist.Training;

/// <summary>
/// How the saved weights were trained: on which images, so that none of them is taken for a new one, and for how long, so that a network
/// without exits can be trained alike for comparison.
/// </summary>
/// <param name="Epochs">How often every training image was seen.</param>
/// <param name="Images">The number of training images.</param>
/// <param name="ImagesHash">Of the training images.</param>
internal sealed record TrainingRecord(int Epochs, int Images, string ImagesHash)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Writes the whole file, or leaves what was there.</summary>
    public void Save(string path) => AtomicFile.Write(path, file => JsonSerializer.Serialize(file, this, Options));

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The file holds something else.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static TrainingRecord Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path} is missing, which says on which images the weights were trained; --retrain writes it.");
        }

        try
        {
            TrainingRecord? record = JsonSerializer.Deserialize<TrainingRecord>(File.ReadAllBytes(path), Options);
            if (record is { Epochs: > 0, Images: > 0 }) return record;
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path} is damaged ({error.Message}); --retrain writes it anew.", error);
        }

        throw new InvalidDataException($"{path} names no positive number of epochs and images; --retrain writes it anew.");
    }
}
