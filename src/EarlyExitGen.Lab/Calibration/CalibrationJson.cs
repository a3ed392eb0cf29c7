using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Calibration;

/// <summary>The JSON form of a <see cref="CalibrationResult"/>, of which the reader takes exactly what the writer gives.</summary>
internal static class CalibrationJson
{
    private const string Schema = "earlyexitgen/calibration";
    private const int Version = 1;
    private const long MaxBytes = 64 << 20;

    public static byte[] Write(CalibrationResult result) =>
        JsonSerializer.SerializeToUtf8Bytes(new Envelope(Schema, Version, result), Options(result.Policy.Network));

    public static CalibrationResult Read(NetworkPlan network, string path)
    {
        long bytes = new FileInfo(path).Length;
        if (bytes > MaxBytes) throw new InvalidDataException($"{path} has {bytes} bytes; a calibration has at most {MaxBytes}.");
        try
        {
            Envelope envelope = JsonSerializer.Deserialize<Envelope>(File.ReadAllBytes(path), Options(network))
                ?? throw new InvalidDataException($"{path} holds no calibration.");
            if (envelope.Schema != Schema)
            {
                throw new InvalidDataException($"{path} has the schema '{envelope.Schema}'; a calibration has '{Schema}'.");
            }

            if (envelope.Version != Version)
            {
                throw new InvalidDataException($"{path} has version {envelope.Version}; this library reads version {Version}.");
            }

            return envelope.Result.Costs.Exits == network.Exits.Length && envelope.Result.Front.Length > 0
                ? envelope.Result
                : throw new InvalidDataException($"{path} does not fit the {network.Exits.Length} exits of {network.Name}.");
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path} is not a complete calibration of {network.Name}: {error.Message}", error);
        }
    }

    private static JsonSerializerOptions Options(NetworkPlan network) => new()
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        IgnoreReadOnlyProperties = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        Converters = { new PolicyConverter(network), new CostModelConverter(), new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private sealed record Envelope(string Schema, int Version, CalibrationResult Result);

    /// <summary>A policy as its own file has it.</summary>
    private sealed class PolicyConverter(NetworkPlan network) : JsonConverter<ExitPolicy>
    {
        public override ExitPolicy Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            try
            {
                return ExitPolicy.Parse(network, document.RootElement.GetRawText());
            }
            catch (InvalidDataException error)
            {
                throw new JsonException(error.Message, error);
            }
        }

        public override void Write(Utf8JsonWriter writer, ExitPolicy value, JsonSerializerOptions options)
        {
            using JsonDocument document = JsonDocument.Parse(value.ToJson());
            document.RootElement.WriteTo(writer);
        }
    }

    private sealed class CostModelConverter : JsonConverter<CostModel>
    {
        public override CostModel Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            Parts parts = JsonSerializer.Deserialize<Parts>(ref reader, options) ?? throw new JsonException("The costs are missing.");
            return new CostModel(parts.Unit, parts.Backbone, parts.Heads);
        }

        public override void Write(Utf8JsonWriter writer, CostModel value, JsonSerializerOptions options)
        {
            int[] exits = [.. Enumerable.Range(0, value.Exits)];
            Parts parts = new(value.Unit, Array.ConvertAll(exits, value.Backbone), Array.ConvertAll(exits, value.Head));
            JsonSerializer.Serialize(writer, parts, options);
        }

        private sealed record Parts(string Unit, double[] Backbone, double[] Heads);
    }
}
