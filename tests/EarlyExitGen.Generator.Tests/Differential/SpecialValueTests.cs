using EarlyExitGen.CpuRuntime;
using static TorchSharp.torch;

namespace EarlyExitGen.Generator.Tests;

/// <summary>
/// NaN, infinities, zero and what lies outside a function's domain give, compiled, what plain TorchSharp gives: NaN passes through, and shows
/// in that there is no answer.
/// </summary>
public sealed class SpecialValueTests
{
    private const int Width = 10;

    private static readonly float[] Values =
        [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0, -2, 200, -200, 0.5f, 1e-30f, float.MaxValue];

    [Theory]
    [InlineData("x.clamp(-1, 1)", true)]
    [InlineData("x.clamp(0, 6)", true)]
    [InlineData("x.clamp(0)", true)]
    [InlineData("x.clamp(2, 1)", true)]
    [InlineData("torch.clamp(x, max: -0.25)", true)]
    [InlineData("torch.clip(x, 0.1f, 0.2)", true)]
    [InlineData("x.clamp_min(-0.5)", true)]
    [InlineData("torch.clamp_max(x, 3)", true)]
    [InlineData("x.clamp(double.NaN, 1)", false)]
    [InlineData("x.exp()", true)]
    [InlineData("x.log()", false)]
    [InlineData("sqrt(x)", true)]
    [InlineData("x.rsqrt()", true)]
    [InlineData("x.reciprocal()", true)]
    [InlineData("3 / x", true)]
    [InlineData("x.masked_fill(x > 0.5, 2)", false)]
    [InlineData("where(x.eq(x), x, nothing)", false)]
    [InlineData("where((x < 0) | x.ne(x), nothing, x)", false)]
    [InlineData("x.masked_fill(x >= double.PositiveInfinity, 1)", false)]
    [InlineData("x.where(x <= 1e30, x * 0.5)", false)]
    [InlineData("x.masked_fill(x.@bool(), -1)", false)]
    [InlineData("x.pow(2)", true)]
    [InlineData("x.square()", true)]
    [InlineData("x.pow(-1)", false)]
    [InlineData("x.pow(0)", false)]
    [InlineData("torch.pow(x, 3.0)", false)]
    [InlineData("x.abs()", true)]
    [InlineData("torch.absolute(x)", true)]
    [InlineData("-x", true)]
    [InlineData("torch.negative(x)", true)]
    [InlineData("(x * 1).abs_().exp_().neg_().clamp_(-4)", true)]
    public void A_function_of_special_values(string function, bool hasKernels)
    {
        string source = $$"""
            {{GeneratorHarness.Prelude}}
            [EarlyExitNetwork(Classes = 10, Input = [10])]
            public sealed partial class Net : EarlyExitModule
            {
                private readonly Parameter nothing = Parameter(zeros(1, 10));
                [Stage] private Tensor Body(Tensor x) => {{function}};
                [Exit] private Tensor Final(Tensor x) => x + nothing;
            }
            """;
        using LoadedAssembly loaded = GeneratorHarness.CompileAndLoad(GeneratorHarness.Run(new EarlyExitGenerator(), source));
        using CompiledNetwork compiled = CompiledNetwork.Create(loaded.Assembly);
        using EarlyExitCpuPipeline? cpu = compiled.FreezeForCpu();
        Assert.Equal(hasKernels, cpu is not null);
        Assert.NotNull(compiled.Module.Plan.Stages[0].Macs);
        List<float> answered = [];
        foreach (float value in Values)
        {
            using Tensor input = full([1, Width], value);
            using Tensor expected = compiled.Eager(input, 0);
            if (expected.isnan().any().item<bool>())
            {
                // There is no answer in NaN, so that the pipelines say so.
                Assert.Throws<InvalidOperationException>(() => compiled.ForwardOne(input, 0));
                if (cpu is not null) Assert.Throws<InvalidOperationException>(() => CompiledNetwork.ForwardForCpu(cpu, input, 0));
                continue;
            }

            answered.Add(value);
            Check(expected, compiled.ForwardOne(input, 0), exact: true);
        }

        foreach (int rows in answered.Count > 0 ? new[] { 1, 2, 7 } : [])
        {
            // Each row begins with another value.
            IEnumerable<float> values = Enumerable.Range(0, rows * Width).Select(index => answered[(index + (index / Width)) % answered.Count]);
            using Tensor batch = tensor([.. values]).reshape(rows, Width);
            using Tensor expected = compiled.Eager(batch, 0);
            Check(expected, compiled.ForwardBatch(batch, 0), exact: true);
            if (cpu is not null) Check(expected, CompiledNetwork.ForwardForCpu(cpu, batch, 0), exact: false);
        }
    }

    private static void Check(Tensor expected, Tensor actual, bool exact)
    {
        using (actual)
        {
            float[] wanted = expected.data<float>().ToArray();
            float[] given = actual.data<float>().ToArray();
            for (int index = 0; index < wanted.Length; index++)
            {
                bool isSame = wanted[index].Equals(given[index])
                    || (!exact && Math.Abs(wanted[index] - given[index]) <= 1e-6 * Math.Abs(wanted[index]));
                Assert.True(isSame, $"{wanted[index]} is expected, and {given[index]} is given.");
            }
        }
    }
}
