using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using EarlyExitGen.Lab.Evaluation;

namespace EarlyExitGen.Lab.Reports;

/// <summary>The JSON form of a report.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new PolicyConverter(), new CostModelConverter(), new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static string Write(EvaluationReport report) => JsonSerializer.Serialize(report, Options) + "\n";

    /// <summary>A policy by its id and its numbers: the policy's own file has the rest.</summary>
    private sealed class PolicyConverter : JsonConverter<ExitPolicy>
    {
        public override ExitPolicy Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("A report is written, not read.");

        public override void Write(Utf8JsonWriter writer, ExitPolicy value, JsonSerializerOptions options)
        {
            int exits = value.Network.Exits.Length;
            writer.WriteStartObject();
            writer.WriteString("id", value.Id);
            writer.WriteString("network", value.Network.Name);
            writer.WritePropertyName("thresholds");
            JsonSerializer.Serialize(writer, Enumerable.Range(0, exits - 1).Select(exit => Number(value[exit])).ToArray(), options);
            writer.WritePropertyName("temperatures");
            JsonSerializer.Serialize(writer, Enumerable.Range(0, exits).Select(value.Temperature).ToArray(), options);
            writer.WriteEndObject();
        }

        private static float? Number(float threshold) => float.IsNaN(threshold) ? null : threshold;
    }

    private sealed class CostModelConverter : JsonConverter<CostModel>
    {
        public override CostModel Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("A report is written, not read.");

        public override void Write(Utf8JsonWriter writer, CostModel value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteString("unit", value.Unit);
            writer.WritePropertyName("backbone");
            JsonSerializer.Serialize(writer, Enumerable.Range(0, value.Exits).Select(value.Backbone).ToArray(), options);
            writer.WritePropertyName("heads");
            JsonSerializer.Serialize(writer, Enumerable.Range(0, value.Exits).Select(value.Head).ToArray(), options);
            writer.WriteEndObject();
        }
    }
}
