using CsCheck;
using EarlyExitGen.Cpu.Weights;
using EarlyExitGen.Lab.Tests.Training;
using EarlyExitGen.Lab.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EarlyExitGen.Lab.Tests.Weights;

public class ModuleWeightsTests
{
    private static readonly (WeightsPrecision, Func<float, float>)[] Roundings =
    [
        (WeightsPrecision.F32, value => value),
        (WeightsPrecision.F16, value => (float)(Half)value),
        (WeightsPrecision.BF16, RoundToBFloat16),
    ];

    [Theory]
    [InlineData("net.safetensors")]
    [InlineData("net.dat")]
    public void What_was_saved_is_loaded_bit_for_bit(string name)
    {
        using TemporaryFolder folder = new();
        using SmallNet saved = SmallNet.Seeded(1);
        using SmallNet loaded = SmallNet.Seeded(2);
        saved.SaveWeights(folder.File(name));
        LoadedWeights report = loaded.LoadWeights(folder.File(name));

        Assert.Empty(report.Missing);
        Assert.Empty(report.Unexpected);
        Assert.Equal(State.Of(saved), State.Of(loaded));
        Assert.Equal([name], folder.Files());
    }

    [Fact]
    public void TorchSharp_reads_what_was_saved_in_its_format_and_the_other_way_round()
    {
        using TemporaryFolder folder = new();
        using SmallNet first = SmallNet.Seeded(1);
        using SmallNet second = SmallNet.Seeded(2);
        using SmallNet third = SmallNet.Seeded(3);
        first.SaveWeights(folder.File("ours.dat"));
        second.load(folder.File("ours.dat"));
        Assert.Equal(State.Of(first), State.Of(second));

        second.save(folder.File("theirs.dat"));
        third.LoadWeights(folder.File("theirs.dat"));
        Assert.Equal(State.Of(first), State.Of(third));
    }

    [Fact]
    public void Half_precision_rounds_as_the_format_says() =>
        Gen.Float[-60000, 60000].Array[1, 20].Sample(
            values =>
            {
                using TemporaryFolder folder = new();
                using Linear module = Linear(values.Length, 1, hasBias: false);
                foreach ((WeightsPrecision precision, Func<float, float> round) in Roundings)
                {
                    using (no_grad()) module.weight.copy_(tensor(values).reshape(1, -1));
                    module.SaveWeights(folder.File("w.safetensors"), precision);
                    module.LoadWeights(folder.File("w.safetensors"));
                    Assert.Equal(values.Select(round), module.weight.data<float>().ToArray());
                }
            },
            iter: 40);

    [Theory]
    [InlineData(WeightsPrecision.F32, WeightType.F32)]
    [InlineData(WeightsPrecision.F16, WeightType.F16)]
    [InlineData(WeightsPrecision.BF16, WeightType.BF16)]
    public void A_network_goes_to_a_file_of_any_precision_with_names_of_its_own_and_back(WeightsPrecision precision, WeightType stored)
    {
        using TemporaryFolder folder = new();
        using SmallNet saved = SmallNet.Seeded(1);
        using SmallNet loaded = SmallNet.Seeded(2);
        WeightNameMap names = WeightNameMap.Same.Rename("features", "stem").Rename("classifier", "last");
        Func<float, float> round = Roundings.Single(rounding => rounding.Item1 == precision).Item2;
        saved.SaveWeights(folder.File("net.safetensors"), precision, names);
        loaded.LoadWeights(folder.File("net.safetensors"), names);

        SafetensorsFile file = SafetensorsFile.Read(folder.File("net.safetensors"));
        Assert.Equal(stored, file["features.0.weight"].Type);
        Assert.Equal(WeightType.I64, file["features.1.num_batches_tracked"].Type);
        Dictionary<string, Tensor> after = loaded.state_dict();
        foreach ((string name, Tensor value) in saved.state_dict())
        {
            Assert.Equal(value.dtype, after[name].dtype);
            if (value.is_floating_point()) Assert.Equal(value.data<float>().Select(round), after[name].data<float>());
            else Assert.Equal(State.BytesOf(value), State.BytesOf(after[name]));
        }
    }

    [Fact]
    public void A_value_that_float16_cannot_hold_is_an_error_and_leaves_no_file()
    {
        using TemporaryFolder folder = new();
        using Linear module = Linear(2, 1);
        using (no_grad()) module.weight.fill_(70000);
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => module.SaveWeights(folder.File("w.safetensors"), WeightsPrecision.F16));
        Assert.Contains("'weight' has values of up to 7E+04", error.Message, StringComparison.Ordinal);
        Assert.Empty(folder.Files());
    }

    [Fact]
    public void Names_are_translated_both_ways()
    {
        using TemporaryFolder folder = new();
        using SmallNet saved = SmallNet.Seeded(1);
        using SmallNet loaded = SmallNet.Seeded(2);
        WeightNameMap names = WeightNameMap.Same.Rename("features", "stem").Rename("classifier", "last").Ignore("optimizer");
        saved.SaveWeights(folder.File("net.safetensors"), names: names);

        string[] inFile = [.. SafetensorsFile.Read(folder.File("net.safetensors")).Entries.Select(entry => entry.Name)];
        Assert.Contains("features.0.weight", inFile);
        Assert.Contains("classifier.bias", inFile);
        loaded.LoadWeights(folder.File("net.safetensors"), names);
        Assert.Equal(State.Of(saved), State.Of(loaded));
    }

    [Fact]
    public void A_file_that_does_not_fit_changes_nothing_and_all_is_listed()
    {
        using TemporaryFolder folder = new();
        using SmallNet net = SmallNet.Seeded(1);
        Dictionary<string, Tensor> entries = net.state_dict();
        entries.Remove("middle.bias");
        entries["extra.weight"] = zeros(2);
        entries["last.weight"] = zeros(4, 12);
        SafetensorsFile.Create(entries.Select(entry => Singles(entry.Key, entry.Value + 1))).Write(folder.File("net.safetensors"));
        string before = State.Of(net);

        WeightsMismatchException error = Assert.Throws<WeightsMismatchException>(() => net.LoadWeights(folder.File("net.safetensors")));
        Assert.Equal(["middle.bias"], error.Missing);
        Assert.Equal(["extra.weight"], error.Unexpected);
        Assert.Equal(
            [
                "stem.1.num_batches_tracked (Int64 in the module, Float32 in the file)",
                "last.weight ([3, 12] in the module, [4, 12] in the file)",
                "body.1.num_batches_tracked (Int64 in the module, Float32 in the file)",
            ],
            error.Misshapen.OrderDescending(StringComparer.Ordinal));
        foreach (string listed in error.Missing.Concat(error.Unexpected).Concat(error.Misshapen))
        {
            Assert.Contains(listed, error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, State.Of(net));
    }

    [Fact]
    public void A_partial_load_takes_what_fits_and_reports_the_rest()
    {
        using TemporaryFolder folder = new();
        using SmallNet saved = SmallNet.Seeded(1);
        using SmallNet loaded = SmallNet.Seeded(2);
        saved.SaveWeights(folder.File("net.safetensors"), names: WeightNameMap.Same.Rename("other", "last"));
        LoadedWeights report = loaded.LoadWeights(folder.File("net.safetensors"), partial: true);

        Assert.Equal(["last.weight", "last.bias"], report.Missing);
        Assert.Equal(["other.bias", "other.weight"], report.Unexpected.Order(StringComparer.Ordinal));
        Assert.Equal(saved.state_dict()["stem.0.weight"].data<float>(), loaded.state_dict()["stem.0.weight"].data<float>());
    }

    [Fact]
    public void Damaged_files_of_either_format_are_errors_and_change_nothing()
    {
        using TemporaryFolder folder = new();
        using SmallNet net = SmallNet.Seeded(1);
        net.SaveWeights(folder.File("net.dat"));
        net.SaveWeights(folder.File("net.safetensors"));
        string before = State.Of(net);
        foreach (string name in folder.Files())
        {
            byte[] whole = File.ReadAllBytes(folder.File(name));
            Gen.Int[0, whole.Length - 1].Sample(
                length =>
                {
                    string cut = folder.File("cut" + Path.GetExtension(name));
                    File.WriteAllBytes(cut, whole[..length]);
                    Assert.Throws<WeightsFileException>(() => net.LoadWeights(cut));
                    Assert.Equal(before, State.Of(net));
                },
                iter: 30,
                threads: 1);
        }
    }

    [Fact]
    public void Bytes_after_the_last_entry_and_foreign_formats_are_errors()
    {
        using TemporaryFolder folder = new();
        using SmallNet net = SmallNet.Seeded(1);
        net.SaveWeights(folder.File("net.dat"));
        File.AppendAllText(folder.File("net.dat"), "more");
        Assert.Throws<WeightsFileException>(() => net.LoadWeights(folder.File("net.dat")));

        File.WriteAllBytes(folder.File("net.pt"), [.. "PK\x03\x04"u8, 0, 0, 0]);
        WeightsFileException error = Assert.Throws<WeightsFileException>(() => net.LoadWeights(folder.File("net.pt")));
        Assert.Contains("safetensors.torch.save_file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_save_leaves_the_former_file()
    {
        using TemporaryFolder folder = new();
        using Linear module = Linear(2, 1);
        module.SaveWeights(folder.File("w.safetensors"));
        byte[] before = File.ReadAllBytes(folder.File("w.safetensors"));
        using (no_grad()) module.weight.fill_(1e30f);
        Assert.Throws<ArgumentException>(() => module.SaveWeights(folder.File("w.safetensors"), WeightsPrecision.F16));
        Assert.Equal(before, File.ReadAllBytes(folder.File("w.safetensors")));
        Assert.Throws<DirectoryNotFoundException>(() => module.SaveWeights(folder.File("no/such/folder.dat")));
        Assert.Equal(["w.safetensors"], folder.Files());
    }

    private static WeightsEntry Singles(string name, Tensor tensor) =>
        WeightsEntry.Create(name, tensor.shape, tensor.detach().to(ScalarType.Float32).data<float>().ToArray());

    /// <summary>To the upper half of the bits, the nearest, and the even one of two that are as near.</summary>
    private static float RoundToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
    }
}
