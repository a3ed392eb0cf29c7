using System.Globalization;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Tests.Diagnostics;

/// <summary>
/// What has no name in the state dictionary stays an ordinary call, which runs what the member holds: what a constructor adds to a list or
/// dictionary after TorchSharp has registered what is in it, and buffers that are not persistent.
/// </summary>
public sealed class UnregisteredTests
{
    [Theory]
    [InlineData("x * named[\"early\"]", null)]
    [InlineData("early[1].call(x)", null)]
    [InlineData("x * named[\"late\"]", "a tensor that nothing registers")]
    [InlineData("late[1].call(x)", "a module that nothing registers")]
    public async Task What_is_added_late_is_not_registered(string expression, string? obstacle)
    {
        string source = $$"""
            [EarlyExitNetwork(Classes = 4, Input = [6])]
            public sealed partial class Net : EarlyExitModule
            {
                private readonly ParameterDict named = ParameterDict(("early", Parameter(ones(6))));
                private readonly ModuleList<Linear> late = new() { Linear(6, 6) };
                private readonly ModuleList<Linear> early;

                public Net()
                {
                    early = new ModuleList<Linear>() { Linear(6, 6) };
                    early.Add(Linear(6, 6));
                    RegisterComponents();
                    named.Add("late", Parameter(ones(6)));
                    late.Add(Linear(6, 6));
                }

                [Stage] private Tensor Body(Tensor x) => {{expression}};
                [Exit] private readonly Linear final = Linear(6, 4);
            }
            """;
        await CheckAsync(source, obstacle);
    }

    [Theory]
    [InlineData("register_buffer(\"shift\", shift); RegisterComponents();", true)]
    [InlineData("register_buffer(\"other\", shift); RegisterComponents();", true)]
    [InlineData("register_buffer(\"other\", shift);", true)]
    [InlineData("RegisterComponents();", true)]
    [InlineData("register_buffer(\"shift\", shift, persistent: false); RegisterComponents();", false)]
    [InlineData("register_buffer(\"shift\", shift, false);", false)]
    public async Task A_buffer_that_is_not_persistent_is_not_listed(string registration, bool isRegistered)
    {
        string source = $$"""
            [EarlyExitNetwork(Classes = 4, Input = [6])]
            public sealed partial class Net : EarlyExitModule
            {
                [Stage] private readonly Shifted body = new();
                [Exit] private readonly Linear final = Linear(6, 4);
            }

            public sealed class Shifted : Module<Tensor, Tensor>
            {
                private readonly Tensor shift = rand(6);

                public Shifted()
                    : base(nameof(Shifted))
                {
                    {{registration}}
                }

                public override Tensor forward(Tensor x) => x + shift;
            }
            """;
        await CheckAsync(source, isRegistered ? null : "a tensor that nothing registers");
    }

    private static async Task CheckAsync(string source, string? obstacle)
    {
        string[] messages =
        [
            .. (await AnalyzerHarness.AnalyzeAsync(source)).Where(diagnostic => diagnostic.Id == "EEG0050")
                .Select(diagnostic => diagnostic.GetMessage(CultureInfo.InvariantCulture)),
        ];
        Assert.Equal(obstacle is null ? 0 : 1, messages.Length);
        Assert.All(messages, message => Assert.EndsWith($"the compiler stops at {obstacle}", message, StringComparison.Ordinal));

        using LoadedAssembly loaded = GeneratorHarness.CompileAndLoad(
            GeneratorHarness.Run(new EarlyExitGenerator(), $"{GeneratorHarness.Prelude}\n{source}"));
        using CompiledNetwork compiled = CompiledNetwork.Create(loaded.Assembly);
        using TorchSharp.torch.Tensor batch = compiled.RandomBatch(3);
        using TorchSharp.torch.Tensor expected = compiled.Eager(batch, 0);
        compiled.Compare(batch, 0, expected, compiled.ForwardBatch(batch, 0));
    }
}
