using static TorchSharp.torch;

namespace EarlyExitGen.Generator.Tests;

/// <summary>
/// What TorchSharp's attention modules do with masks at their edges, and the compiled code with them: a row whose keys are all hidden gives
/// NaN, of which there is no answer; masks of another type, and for each row, stay with TorchSharp.
/// </summary>
public sealed class HiddenKeyTests
{
    private const int Length = 6;

    [Theory]
    [InlineData("attention.call(x, x, x, mask, false, null).Item1", "Bool")]
    [InlineData("attention.call(x, x, x, need_weights: false, attn_mask: bias, key_padding_mask: mask).Item1", "Bool")]
    [InlineData("layer.call(x, bias, mask)", "Bool")]
    [InlineData("encoder.call(x, null, mask)", "Bool")]
    [InlineData("encoder.call(x, bias, ~(mask == 0))", "Int64")]
    public void A_row_without_keys_has_no_answer(string attention, string type)
    {
        using LoadedAssembly loaded = Compile(attention, type);
        using CompiledNetwork compiled = CompiledNetwork.Create(loaded.Assembly);
        using IDisposable noGradient = no_grad();
        Assert.NotNull(compiled.Module.Plan.Stages[0].Macs);
        foreach (int rows in (int[])[1, 2, 7])
        {
            using Tensor batch = compiled.RandomBatch(rows);
            using Tensor some = Mask(rows, hidden: Length - 1);
            Tensor[] extras = [type == "Bool" ? some : some.to(ScalarType.Int64)];
            using ExitLogits expected = compiled.Module.ForwardAll(batch, extras);
            Tensor logits = empty(rows, 3);
            compiled.Pipeline.Forward(batch, extras, logits, new ExitDecision[rows]);
            compiled.Compare(batch, 0, expected[0], logits);

            using Tensor all = Mask(rows, hidden: Length);
            Tensor[] hidden = [type == "Bool" ? all : all.to(ScalarType.Int64)];
            using ExitLogits nothing = compiled.Module.ForwardAll(batch, hidden);
            Assert.True(nothing[0].isnan().all().item<bool>());
            using Tensor unwritten = empty(rows, 3);
            Assert.Throws<InvalidOperationException>(() => compiled.Pipeline.Forward(batch, hidden, unwritten, new ExitDecision[rows]));
        }
    }

    [Theory]
    [InlineData("attention.call(x, x, x, mask, false, null).Item1", "Float32")]
    [InlineData("layer.call(x, null, mask)", "Int64")]
    public void A_mask_that_TorchSharp_refuses_is_refused(string attention, string type)
    {
        using LoadedAssembly loaded = Compile(attention, type);
        using CompiledNetwork compiled = CompiledNetwork.Create(loaded.Assembly);
        using IDisposable noGradient = no_grad();
        using Tensor batch = compiled.RandomBatch(2);
        using Tensor bools = Mask(2, hidden: 1);
        using Tensor mask = bools.to(Enum.Parse<ScalarType>(type));
        using Tensor logits = empty(2, 3);

        Assert.Null(compiled.Module.Plan.Stages[0].Macs);
        Assert.ThrowsAny<Exception>(() => compiled.Module.ForwardAll(batch, [mask]));
        Assert.ThrowsAny<Exception>(() => compiled.Pipeline.Forward(batch, [mask], logits, new ExitDecision[2]));
    }

    private static Tensor Mask(int rows, int hidden) =>
        (arange(Length, dtype: ScalarType.Int64) < hidden).unsqueeze(0).repeat(rows, 1);

    private static LoadedAssembly Compile(string attention, string type) => GeneratorHarness.CompileAndLoad(GeneratorHarness.Run(
        new EarlyExitGenerator(),
        $$"""
        {{GeneratorHarness.Prelude}}
        [EarlyExitNetwork(Classes = 3, Input = [6, 8])]
        [ExtraInput("mask", 6, Type = ScalarType.{{type}})]
        public sealed partial class Net : EarlyExitModule
        {
            private readonly MultiheadAttention attention = MultiheadAttention(8, 2);
            private readonly TransformerEncoderLayer layer = TransformerEncoderLayer(8, 2, 16);
            private readonly TransformerEncoder encoder = TransformerEncoder(TransformerEncoderLayer(8, 4, 16), 2);
            private readonly Parameter bias = Parameter(randn(6, 6));

            [Stage]
            private Tensor Body(Tensor x, Tensor mask)
            {
                x = x.transpose(0, 1);
                return {{attention}}.transpose(0, 1);
            }

            [Exit] private readonly Sequential final = Sequential(Flatten(), Linear(48, 3));
        }
        """));
}
