using EarlyExitGen;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

/// <summary>Nested in generic types, in no namespace.</summary>
public partial class Outer<T>
    where T : class
{
    protected partial record struct Middle<TInner>
    {
        [EarlyExitNetwork(Classes = 2, Input = [3])]
        internal sealed partial class Net : EarlyExitModule
        {
            [Stage]
            private readonly Linear hidden = Linear(3, 4);

            [Exit(Criterion.Margin, 0.3)]
            private readonly Linear early = Linear(4, 2);

            [Stage]
            private readonly Linear more = Linear(4, 4);

            [Exit]
            private readonly Linear final = Linear(4, 2);
        }
    }
}
