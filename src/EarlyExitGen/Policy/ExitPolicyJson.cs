using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EarlyExitGen.Criteria;

namespace EarlyExitGen;

/// <summary>
/// The JSON form of an <see cref="ExitPolicy"/>. The reader takes exactly what the writer gives: a missing, repeated or unknown property
/// is an error, because a misspelt threshold that is silently ignored is worse than a refused file.
/// </summary>
internal static class ExitPolicyJson
{
    public const int MaxBytes = 1 << 20;

    private const string Schema = "earlyexitgen/exit-policy";
    private const int Version = 1;

    public static string Write(ExitPolicy policy)
    {
        NetworkPlan network = policy.Network;
        using MemoryStream bytes = new();
        JsonWriterOptions options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (Utf8JsonWriter json = new(bytes, options))
        {
            json.WriteStartObject();
            json.WriteString("schema", Schema);
            json.WriteNumber("version", Version);
            json.WriteString("id", policy.Id);
            json.WriteStartObject("network");
            json.WriteString("name", network.Name);
            json.WriteString("fingerprint", network.Fingerprint);
            json.WriteEndObject();
            json.WriteStartArray("exits");
            for (int exit = 0; exit < network.Exits.Length; exit++) WriteExit(json, policy, exit);
            json.WriteEndArray();
            if (HasDepth(policy))
            {
                json.WriteStartObject("depth");
                json.WriteNumber("firstExit", policy.FirstExit);
                json.WriteNumber("lastExit", policy.LastExit);
                json.WriteEndObject();
            }

            if (policy.Calibration is CalibrationRecord calibration) WriteCalibration(json, calibration);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length) + "\n";
    }

    public static ExitPolicy Read(NetworkPlan network, string text, string source)
    {
        if (text.Length > MaxBytes)
        {
            throw new InvalidDataException($"{source} has {text.Length} characters; an exit policy has at most {MaxBytes}.");
        }

        try
        {
            JsonDocumentOptions options = new() { AllowDuplicateProperties = false, MaxDepth = 16 };
            using JsonDocument document = JsonDocument.Parse(text, options);
            return ReadPolicy(network, new JsonNodeReader(document.RootElement, source, "$"));
        }
        catch (JsonException error)
        {
            throw new InvalidDataException(
                $"{source} is not a complete JSON document (line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}): " +
                $"{error.Message}", error);
        }
        catch (InvalidOperationException error)
        {
            // What the reader throws for an escape such as \ud800, which is valid JSON but no text.
            throw new InvalidDataException($"{source} holds a string that is not valid Unicode.", error);
        }
    }

    private static void WriteExit(Utf8JsonWriter json, ExitPolicy policy, int exit)
    {
        ExitPlan plan = policy.Network.Exits[exit];
        float threshold = policy[exit];
        json.WriteStartObject();
        json.WriteString("name", plan.Name);
        if (plan.Criterion is not null)
        {
            bool enabled = !float.IsNaN(threshold);
            if (enabled) RequireInRange(policy.Network, plan, plan.Criterion, threshold);
            json.WriteString("criterion", plan.Criterion.Name);
            json.WriteBoolean("enabled", enabled);
            WriteThreshold(json, threshold);
            if (!plan.FurtherConditions.IsEmpty) WriteConditions(json, policy, exit);
        }

        json.WriteNumber("temperature", policy.Temperature(exit));
        json.WriteEndObject();
    }

    private static void WriteConditions(Utf8JsonWriter json, ExitPolicy policy, int exit)
    {
        ExitPlan plan = policy.Network.Exits[exit];
        json.WriteStartArray("conditions");
        for (int condition = 1; condition <= plan.FurtherConditions.Length; condition++)
        {
            ExitCriterion criterion = plan.FurtherConditions[condition - 1].Criterion;
            RequireInRange(policy.Network, plan, criterion, policy[exit, condition]);
            json.WriteStartObject();
            json.WriteString("criterion", criterion.Name);
            WriteThreshold(json, policy[exit, condition]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteThreshold(Utf8JsonWriter json, float threshold)
    {
        if (float.IsNaN(threshold)) json.WriteNull("threshold");
        else if (float.IsInfinity(threshold)) json.WriteString("threshold", threshold > 0 ? "Infinity" : "-Infinity");
        else json.WriteNumber("threshold", threshold);
    }

    private static void RequireInRange(NetworkPlan network, ExitPlan exit, ExitCriterion criterion, float threshold)
    {
        ThresholdRange range = ThresholdRange.Of(criterion, network);
        if (range.Contains(threshold)) return;
        throw new InvalidOperationException(string.Create(
            CultureInfo.InvariantCulture,
            $"{network.Name}: the threshold {threshold} of exit '{exit.Name}' is outside [{range.Smallest}, {range.Largest}], the range " +
            $"of {criterion.Name}."));
    }

    private static bool HasDepth(ExitPolicy policy) => policy.FirstExit > 0 || policy.LastExit < policy.Network.Exits.Length - 1;

    private static void WriteCalibration(Utf8JsonWriter json, CalibrationRecord calibration)
    {
        json.WriteStartObject("calibration");
        json.WriteString("time", calibration.Time);
        json.WriteString("dataHash", calibration.DataHash);
        json.WriteNumber("samples", calibration.Samples);
        json.WriteString("budget", calibration.Budget);
        if (calibration.Guarantee is not null) json.WriteString("guarantee", calibration.Guarantee);
        json.WriteStartArray("exitShares");
        foreach (double share in calibration.ExitShares) json.WriteNumberValue(share);
        json.WriteEndArray();
        json.WriteNumber("accuracy", calibration.Accuracy);
        json.WriteNumber("fullDepthAccuracy", calibration.FullDepthAccuracy);
        json.WriteNumber("averageCost", calibration.AverageCost);
        json.WriteString("costUnit", calibration.CostUnit);
        json.WriteEndObject();
    }

    private static ExitPolicy ReadPolicy(NetworkPlan network, JsonNodeReader root)
    {
        root.RequireObject("schema", "version", "id", "network", "exits", "depth", "calibration");
        string schema = root["schema"].AsString();
        if (schema != Schema) throw root["schema"].Error($"is '{schema}'; an exit policy has '{Schema}'");
        int version = root["version"].AsInteger(1, int.MaxValue);
        if (version != Version) throw root["version"].Error($"is {version}; this library reads version {Version}");

        JsonNodeReader written = root["network"];
        written.RequireObject("name", "fingerprint");
        string fingerprint = written["fingerprint"].AsString();
        string name = written["name"].AsString();
        if (fingerprint != network.Fingerprint)
        {
            throw written.Error($"is {name} ({fingerprint}); the policy is wanted for {network.Name} ({network.Fingerprint})");
        }

        ImmutableArray<JsonNodeReader> exits = root["exits"].AsArray();
        if (exits.Length != network.Exits.Length)
        {
            throw root["exits"].Error($"has {exits.Length} entries; {network.Name} has {network.Exits.Length} exits");
        }

        ExitPolicy policy = ExitPolicy.Default(network);
        for (int exit = 0; exit < exits.Length; exit++) policy = ReadExit(policy, exit, exits[exit]);
        if (root.Has("depth")) policy = ReadDepth(policy, root["depth"]);
        if (root.Has("id") && root["id"].AsString() is string id && id != policy.Id)
        {
            throw root["id"].Error(
                $"is '{id}', but its rules have '{policy.Id}': the file was changed after it was written. " +
                "Remove the id to use it all the same");
        }

        return root.Has("calibration") ? policy.WithCalibration(ReadCalibration(root["calibration"], exits.Length)) : policy;
    }

    private static ExitPolicy ReadExit(ExitPolicy policy, int exit, JsonNodeReader json)
    {
        ExitPlan plan = policy.Network.Exits[exit];
        bool last = plan.Criterion is null;
        if (last) json.RequireObject("name", "temperature");
        else if (plan.FurtherConditions.IsEmpty) json.RequireObject("name", "criterion", "enabled", "threshold", "temperature");
        else json.RequireObject("name", "criterion", "enabled", "threshold", "conditions", "temperature");

        string name = json["name"].AsString();
        if (name != plan.Name) throw json["name"].Error($"is '{name}'; exit {exit} of {policy.Network.Name} is '{plan.Name}'");
        float temperature = (float)json["temperature"].AsNumber(ExitPolicy.MinTemperature, ExitPolicy.MaxTemperature);
        policy = policy.WithTemperature(exit, Math.Clamp(temperature, ExitPolicy.MinTemperature, ExitPolicy.MaxTemperature));
        if (plan.Criterion is null) return policy;

        RequireCriterion(json["criterion"], policy.Network, plan, plan.Criterion);
        if (!plan.FurtherConditions.IsEmpty) policy = ReadConditions(policy, exit, json["conditions"]);
        JsonNodeReader threshold = json["threshold"];
        if (!json["enabled"].AsBoolean())
        {
            if (!threshold.IsNull) throw threshold.Error("must be null for an exit that is not enabled");
            return policy.WithDisabled(exit);
        }

        if (threshold.IsNull) throw threshold.Error("is null, but the exit is enabled");
        return policy.With(exit, threshold.AsThreshold(ThresholdRange.Of(plan.Criterion, policy.Network)));
    }

    private static ExitPolicy ReadConditions(ExitPolicy policy, int exit, JsonNodeReader json)
    {
        ExitPlan plan = policy.Network.Exits[exit];
        ImmutableArray<JsonNodeReader> conditions = json.AsArray();
        if (conditions.Length != plan.FurtherConditions.Length)
        {
            throw json.Error(
                $"has {conditions.Length} entries; exit '{plan.Name}' of {policy.Network.Name} has {plan.FurtherConditions.Length}");
        }

        for (int index = 0; index < conditions.Length; index++)
        {
            ExitCriterion criterion = plan.FurtherConditions[index].Criterion;
            conditions[index].RequireObject("criterion", "threshold");
            RequireCriterion(conditions[index]["criterion"], policy.Network, plan, criterion);
            float threshold = conditions[index]["threshold"].AsThreshold(ThresholdRange.Of(criterion, policy.Network));
            policy = policy.WithCondition(exit, index + 1, threshold);
        }

        return policy;
    }

    private static void RequireCriterion(JsonNodeReader json, NetworkPlan network, ExitPlan exit, ExitCriterion criterion)
    {
        string name = json.AsString();
        if (name != criterion.Name) throw json.Error($"is '{name}'; exit '{exit.Name}' of {network.Name} uses '{criterion.Name}'");
    }

    private static ExitPolicy ReadDepth(ExitPolicy policy, JsonNodeReader json)
    {
        json.RequireObject("firstExit", "lastExit");
        int last = policy.Network.Exits.Length - 1;
        int first = json["firstExit"].AsInteger(0, last);
        return policy.WithDepth(first, json["lastExit"].AsInteger(first, last));
    }

    private static CalibrationRecord ReadCalibration(JsonNodeReader json, int exits)
    {
        json.RequireObject(
            "time", "dataHash", "samples", "budget", "guarantee", "exitShares", "accuracy", "fullDepthAccuracy", "averageCost", "costUnit");
        ImmutableArray<double> shares = [.. json["exitShares"].AsArray().Select(share => share.AsNumber(0, 1))];
        if (shares.Length != exits) throw json["exitShares"].Error($"has {shares.Length} entries; there are {exits} exits");
        if (Math.Abs(shares.Sum() - 1) > 1e-6)
        {
            throw json["exitShares"].Error($"sum to {shares.Sum().ToString(CultureInfo.InvariantCulture)}; shares sum to 1");
        }

        return new CalibrationRecord(
            json["time"].AsTime(),
            json["dataHash"].AsString(),
            json["samples"].AsInteger(1, int.MaxValue),
            json["budget"].AsString(),
            json.Has("guarantee") ? json["guarantee"].AsString() : null,
            shares,
            json["accuracy"].AsNumber(0, 1),
            json["fullDepthAccuracy"].AsNumber(0, 1),
            json["averageCost"].AsNumber(0, double.MaxValue),
            json["costUnit"].AsString());
    }
}
