using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EarlyExitGen.Generator.Tests.Diagnostics;

/// <summary>What stops the compiler in the author's own code is reported at that construct; what it can follow is not.</summary>
public sealed class OrdinaryCallTests
{
    private const string PairMask = "an attn_mask that is no parameter or buffer of Float32 [length, length]";
    private const string KeyMask = "a key_padding_mask that is not of Bool with a value for each key";

    [Theory]
    [InlineData("return x.max().ToSingle() > 1 ? x : -x;", "x.max()", "a call of 'max', which it can't compile")]
    [InlineData("return x.erf();", "x.erf()", "a call of 'erf', which it can't compile")]
    [InlineData("if (flag) x = conv.call(x); return x;", "flag", "a condition that is no constant")]
    [InlineData("for (int i = 0; i < count; i++) x = conv.call(x); return x;", "i < count", "a loop whose turns it can't count")]
    [InlineData("seen = x; return x;", "seen", "an assignment to something that outlives the call")]
    [InlineData("return Conv2d(4, 4, 1).call(x);", "Conv2d(4, 4, 1)", "a module that nothing registers")]
    [InlineData("return functional.dropout(x, 0.5);", "functional.dropout(x, 0.5)", "a call of 'dropout', which it can't compile")]
    [InlineData("Tensor y = x.alias(); y.add_(1); return x;", "y.add_(1)", "code that writes over what it receives")]
    [InlineData(
        "Tensor y = x * 2; Tensor z = y.flatten(2); y.add_(1); return y + z.view(-1, 4, 6, 6);",
        "z.view(-1, 4, 6, 6)",
        "a tensor that an earlier line writes over")]
    [InlineData(
        "return replaced.call(x);",
        "replaced = Conv2d(4, 4, 3, padding: 1)",
        "an assignment that replaces what the constructor made")]
    [InlineData(
        "return attention.call(x, x, x).Item1;",
        "attention.call(x, x, x)",
        "an input whose batch comes first, where this module takes the sequence first: transpose(0, 1)")]
    [InlineData("x = x.mean([3]).transpose(0, 1); return encoder.call(x, x);", "encoder.call(x, x)", PairMask)]
    [InlineData("x = x.mean([3]).transpose(0, 1); return encoder.call(x, null, x);", "encoder.call(x, null, x)", KeyMask)]
    [InlineData(
        "x = x.mean([3]).transpose(0, 1); return attention.call(x, x * 2, x).Item1;",
        "attention.call(x, x * 2, x)",
        "attention between different tensors")]
    [InlineData(
        "x = x.mean([3]).transpose(0, 1); return attention.call(x, x, x, null, true, null).Item2;",
        "attention.call(x, x, x, null, true, null)",
        "the weights of an attention")]
    [InlineData(
        "x = x.mean([3]).transpose(0, 1); return encoder.call(x, null, null);",
        "Body",
        "a result whose batch comes second")]
    [InlineData(
        "x = x.mean([3]).transpose(0, 1).softmax(-1); return x.transpose(0, 1);",
        "x.mean([3]).transpose(0, 1).softmax(-1)",
        "a tensor whose batch comes second, before the transpose(0, 1) that puts it first")]
    [InlineData(
        "return positions.expand(3, 4, 6, 6) + x;",
        "positions.expand(3, 4, 6, 6)",
        "an expand to something else than the rows of the batch")]
    [InlineData("positions.add_(1); return x + positions;", "positions.add_(1)", "code that writes over a parameter")]
    [InlineData(
        "Tensor all = positions.expand_as(x); return all.mul_(2) + x;",
        "all.mul_(2)",
        "code that writes over a parameter")]
    [InlineData("return cat([x, positions], 1);", "cat([x, positions], 1)", "a parameter among tensors of a batch, without expand")]
    [InlineData("return conv.call(positions) + x;", "conv.call(positions)", "a parameter that goes through a module by itself")]
    [InlineData("return x * Parameter(ones(6));", "Parameter(ones(6))", "a tensor that nothing registers")]
    [InlineData("return x * perRow;", "x * perRow", "a parameter with a dimension where the batch beside it has its rows")]
    [InlineData("return x * wide.sigmoid();", "wide.sigmoid()", "an operation on a parameter whose shape is no constant")]
    [InlineData("return x * maybe;", "count > 0", "a condition that is no constant")]
    [InlineData("return x[..2];", "x[..2]", "a part of the batch")]
    [InlineData("return x.slice(3, 0, 6, 2);", "x.slice(3, 0, 6, 2)", "a step between the elements of a slice")]
    [InlineData("return x.clamp(min: x);", "x", "an argument that is no constant")]
    [InlineData("return x.pow(x);", "x", "an argument that is no constant")]
    [InlineData("return where(x, x, x);", "where(x, x, x)", "where with another mask than one of Bool, or not between numbers")]
    [InlineData("return where(x, x, zeros_like(x));", "where(x, x, zeros_like(x))", "where with another mask than one of Bool, or not between numbers")]
    [InlineData("return where(x > 0, x, x > 1);", "where(x > 0, x, x > 1)", "where with another mask than one of Bool, or not between numbers")]
    [InlineData("return x + (x > 0);", "x + (x > 0)", "arithmetic on a tensor of Bool, which takes to(ScalarType.Float32) first")]
    [InlineData("return x * (x > count).to(ScalarType.Float32);", "count", "a value that is no constant")]
    [InlineData("return x * ids;", "x * ids", "arithmetic on a tensor of Int64, which takes to(ScalarType.Float32) first")]
    [InlineData("return x.masked_fill(scale, 0);", "x.masked_fill(scale, 0)", "masked_fill with another mask than one of Bool")]
    [InlineData("return x.masked_fill(~unread, 0);", "~unread", "a logical operation on a tensor that is not of Bool")]
    [InlineData("return where(x > 0, x, zeros_like(x.mean([1])));", "where(x > 0, x, zeros_like(x.mean([1])))", "a call of 'where', which it can't compile")]
    [InlineData("return where(x > 0, x, zeros_like(x, ScalarType.Float64));", "zeros_like(x, ScalarType.Float64)", "a call of 'zeros_like', which it can't compile")]
    [InlineData("return x * ones_like(x);", "x * ones_like(x)", "an operand that it can't compile")]
    [InlineData("x = x.mean([3]).transpose(0, 1); return encoder.call(x, causal > -1, null);", "encoder.call(x, causal > -1, null)", PairMask)]
    [InlineData("return x * named[\"deep\"];", "named[\"deep\"]", "a value that is no constant")]
    [InlineData("return x & x;", "x & x", "a logical operation on tensors that are not of Bool")]
    [InlineData("return ~x;", "~x", "a logical operation on a tensor that is not of Bool")]
    [InlineData("return x.masked_fill_(x == 0, 1);", "x.masked_fill_(x == 0, 1)", "code that writes over what it receives")]
    [InlineData("return x.masked_fill(x, 1);", "x.masked_fill(x, 1)", "masked_fill with another mask than one of Bool")]
    [InlineData("return stack([x, positions], 1).mean([1]);", "stack([x, positions], 1)", "a parameter among tensors of a batch, without expand")]
    [InlineData("return stack([x, x])[0];", "stack([x, x])", "a stack along the batch")]
    [InlineData("return stack([x, x.mean([1])], 1)[.., 0];", "stack([x, x.mean([1])], 1)", "a stack of different shapes")]
    [InlineData("return functional.linear(x, scale);", "functional.linear(x, scale)", "a linear layer whose weight is no matrix")]
    [InlineData("return functional.linear(x, x);", "functional.linear(x, x)", "a call of 'linear', which it can't compile")]
    [InlineData(
        "Tensor m = x.mean([1]); x = x.mean([3]).transpose(0, 1); return encoder.call(x, m, null);", "encoder.call(x, m, null)", PairMask)]
    [InlineData(
        "Tensor m = x[.., .., 0, 0]; x = x.mean([3]).transpose(0, 1); return attention.call(x, x, x, m, true, null).Item1;",
        "attention.call(x, x, x, m, true, null)",
        KeyMask)]
    [InlineData("return x + scale.exp_();", "scale.exp_()", "code that writes over a parameter")]
    [InlineData("x.clamp_(0, 1); return x;", "x.clamp_(0, 1)", "code that writes over what it receives")]
    [InlineData("return Forever(x);", "Forever(x)", "calls nested deeper than 48")]
    [InlineData("return Later(() => x);", "() => x", "a lambda")]
    public async Task What_stops_the_compiler_is_named_where_it_stands(string body, string where, string what)
    {
        Diagnostic found = Assert.Single(await OrdinaryCallsAsync(body));
        Assert.Equal(
            $"Stage 'Body' stays an ordinary call, which allocates: the compiler stops at {what}",
            found.GetMessage(CultureInfo.InvariantCulture));
        Assert.Equal(where, found.Location.SourceTree!.ToString().Substring(found.Location.SourceSpan.Start, found.Location.SourceSpan.Length));
    }

    [Theory]
    [InlineData("return conv.call(x) + x;")]
    [InlineData("return training ? x.erf() : conv.call(x);")]
    [InlineData("Tensor y = x * 2; y.add_(1); return y;")]
    [InlineData("if (Depth > 1) { for (int i = 0; i < Depth; i++) x = functional.relu(conv.call(x)); } return x;")]
    [InlineData("foreach (Conv2d layer in layers) x = layer.call(x); return x;")]
    [InlineData("return none?.call(x) ?? x.tanh();")]
    [InlineData("return functional.dropout(conv.call(x), 0.5, training: training);")]
    [InlineData("using DisposeScope scope = NewDisposeScope(); return conv.call(x).MoveToOuterDisposeScope();")]
    [InlineData("return Twice(conv, x); static Tensor Twice(Conv2d layer, Tensor y) => layer.call(layer.call(y));")]
    [InlineData("(Tensor a, Tensor b) = (x.narrow(1, 0, 2), x.narrow(1, 2, 2)); return cat([b, a], dim: 1);")]
    [InlineData("Tensor y = x.mean([3]).transpose(0, 1); y = encoder.call(y, null, null).transpose(0, 1); return x + y.unsqueeze(3);")]
    [InlineData("Tensor y = x.mean([3]).permute(1, 0, 2); y = attention.call(y, y, y).Item1.mean([0]); return x * y.view(-1, 1, 1, 6);")]
    [InlineData("return x.clamp(0, 6).exp() + pow(-x, 2).sqrt() * scale.square().clamp_min(1e-6).rsqrt();")]
    [InlineData("Tensor y = x.abs() + 1; y.log_().neg_().clamp_(max: 2); return torch.exp(y);")]
    [InlineData("Tensor y = conv.call(x); y.masked_fill_(~(x == 0) & (y != 1) | (x == 2), 0.5); return y;")]
    [InlineData("return where((x > 0.5) ^ (1 >= x), x, scale).masked_fill(positions <= scale, 2) + 1 / (2 + x.abs());")]
    [InlineData("Tensor y = x * 2; y.masked_fill_(x < positions & scale.ne(1), 0); return y * (x >= y).to(ScalarType.Float32);")]
    [InlineData("return (x.masked_fill(listed | ~filled, 0) * (ids != 0).to(ScalarType.Float32) * ids.to(ScalarType.Float32)).masked_fill(unread, 1);")]
    [InlineData("return functional.scaled_dot_product_attention(x, x, x, listed) + functional.scaled_dot_product_attention(x, x, x, attn_mask: unread);")]
    [InlineData("return where(x > 0, x, zeros_like(x)) + where(x > 1, torch.full_like(x, 2), x).where(scale > 0, x.full_like(-1.5));")]
    [InlineData("return where(listed, tensor(0.5), x) - x.where(x.ne(0), tensor(1));")]
    [InlineData("return functional.linear(x, square) + functional.linear(x, square.tanh(), list[1]) * list[0];")]
    [InlineData("return stack([x, positions.expand_as(x)], dim: -1).mean([-1]) + stack([list[1], list[1]]).mean([0]);")]
    [InlineData(
        "Tensor m = x[.., .., 0, 0] == 0; Tensor y = x.mean([3]).transpose(0, 1); y = encoder.call(y, causal, m).transpose(0, 1); return x + y.unsqueeze(3);")]
    [InlineData(
        "Tensor y = x.mean([3]).transpose(0, 1); return x + attention.call(y, y, y, attn_mask: causal).Item1.transpose(0, 1).unsqueeze(-1);")]
    [InlineData("return x * scale - positions;")]
    [InlineData("return x * wide;")]
    [InlineData("return (1 + scale.sigmoid()) * x;")]
    [InlineData("Tensor y = x + 1; y.add_(positions); y *= scale; return y;")]
    [InlineData("return cat([positions.expand(x.shape[0], -1, -1, -1), x], dim: 1)[.., 4..];")]
    [InlineData("return cat([x, positions.repeat(x.size(0), 1, 1, 1)], dim: 1)[.., TensorIndex.Slice(0, 4), ..^0];")]
    [InlineData("return x * x[.., 0, ^1].view(-1, 1, 6, 1) + x[TensorIndex.Ellipsis, 0].unsqueeze(-1);")]
    [InlineData("return x.matmul(positions[0, 0].transpose(0, 1)) + positions.slice(1, 0, x.size(1), 1);")]
    public async Task What_the_compiler_can_follow_is_silent(string body) => Assert.Empty(await OrdinaryCallsAsync(body));

    /// <summary>In a build the analyzer sees the generator's own members too, which must change nothing in what it understands.</summary>
    [Theory]
    [MemberData(nameof(NetworkTests.Names), MemberType = typeof(NetworkTests))]
    public void The_analyzer_names_ordinary_calls_where_the_generator_writes_some(string network)
    {
        GeneratorRun run = GeneratorHarness.Run(new EarlyExitGenerator(), NetworkSources.Read(network));
        bool areWritten = run.Result.GeneratedTrees.Any(tree => tree.ToString().Contains(": an ordinary call, which allocates", StringComparison.Ordinal));
        bool areNamed = AnalyzerHarness.AnalyzeBuilt((CSharpCompilation)run.Output).Any(diagnostic => diagnostic.Id == "EEG0050");
        Assert.Equal(areWritten, areNamed);
    }

    [Theory]
    [InlineData("private readonly Sequential stem = base Sequential(Flatten());")]
    [InlineData("private Module<Tensor, Tensor> stem => this;")]
    [InlineData("private readonly Module<Tensor, Tensor> stem = new Net();")]
    [InlineData("private Tensor stem(Tensor x) => call(x);")]
    public async Task A_stage_that_is_the_network_itself_ends(string stage)
    {
        string source = $$"""
            [EarlyExitNetwork(Classes = 4, Input = [4])]
            public sealed partial class Net : EarlyExitModule
            {
                [Stage] {{stage}}
                [Exit] private readonly Linear final = Linear(4, 4);
            }
            """;
        Assert.NotEmpty(await AnalyzerHarness.AnalyzeAsync(source));
    }

    private static async Task<Diagnostic[]> OrdinaryCallsAsync(string body)
    {
        string source = $$"""
            [EarlyExitNetwork(Classes = 4, Input = [4, 6, 6])]
            public sealed partial class Net(bool flag = false, int count = 2) : EarlyExitModule
            {
                private const int Depth = 3;
                private readonly Conv2d conv = Conv2d(4, 4, 3, padding: 1);
                private readonly ModuleList<Conv2d> layers = ModuleList(Conv2d(4, 4, 1), Conv2d(4, 4, 3, padding: 1));
                private readonly MultiheadAttention attention = MultiheadAttention(6, 2);
                private readonly TransformerEncoderLayer encoder = TransformerEncoderLayer(6, 2);
                private readonly Module<Tensor, Tensor>? none;
                private readonly Parameter positions = Parameter(zeros(1, 4, 6, 6));
                private readonly Parameter scale = Parameter(ones(4, 1, 1));
                private readonly Parameter square = Parameter(ones(6, 6));
                private readonly ParameterList list = ParameterList(Parameter(ones(1)), Parameter(ones(6)));
                private readonly Tensor causal = triu(full(4, 4, double.NegativeInfinity), 1);
                private readonly ParameterDict named = ParameterDict(("scale", Parameter(ones(6))));
                private readonly Tensor listed = tensor(new[] { true, false, true, true, false, true });
                private readonly Tensor filled = full(4, 6, 6, true) & zeros(4, 6, 6, dtype: ScalarType.Bool);
                private readonly Tensor ids = zeros([6], dtype: ScalarType.Int64);
                private readonly Tensor unread = Read();
                private readonly Parameter perRow = Parameter(ones(2, 4, 6, 6));
                private readonly Parameter wide = Parameter(ones(count, 1, 1));
                private readonly Parameter? maybe = count > 0 ? Parameter(ones(6)) : null;
                private Conv2d replaced = Conv2d(4, 4, 1);
                private Tensor? seen;

                [Stage]
                private Tensor Body(Tensor x)
                {
                    {{body}}
                }

                [Exit] private readonly Sequential final = Sequential(Flatten(), Linear(144, 4));

                public bool Flag => flag;
                public int Count => count + (seen is null ? 0 : 1);
                public void Replace() => replaced = Conv2d(4, 4, 3, padding: 1);
                private static Tensor Forever(Tensor x) => Forever(x);
                private static Tensor Read() => from_file("mask", false, 6, ScalarType.Bool);
                private static Tensor Later(Func<Tensor> make) => make();
            }
            """;
        Diagnostic[] found = await AnalyzerHarness.AnalyzeAsync(source);
        Assert.DoesNotContain(found, diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        return [.. found.Where(diagnostic => diagnostic.Id == "EEG0050")];
    }
}
