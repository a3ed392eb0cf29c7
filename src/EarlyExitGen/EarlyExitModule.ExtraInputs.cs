using static TorchSharp.torch;

namespace EarlyExitGen;

/// <content>Networks that declare an <see cref="ExtraInputAttribute"/>: the same calls, with their extra inputs.</content>
public abstract partial class EarlyExitModule
{
    /// <summary>Runs every stage and every exit: what training needs.</summary>
    /// <param name="input">One batch, [N, …input].</param>
    /// <param name="extraInputs">The extra inputs in the order of their declaration, [N, …shape] each. Never written.</param>
    /// <returns>One tensor [N, classes] per exit. The caller owns it.</returns>
    /// <exception cref="ArgumentException">A tensor has the wrong shape, element type or device, or is missing.</exception>
    public virtual ExitLogits ForwardAll(Tensor input, ReadOnlySpan<Tensor> extraInputs)
    {
        Plan.RequireExtraInputs(extraInputs.Length);
        return ForwardAll(input);
    }

    /// <summary>Runs one stage.</summary>
    /// <param name="stage">The stage, counted from 0 in declaration order.</param>
    /// <param name="features">The features of the stage before it, [N, …], or the input for the first.</param>
    /// <param name="extraInputs">The extra inputs in the order of their declaration, [N, …shape] each. Never written.</param>
    /// <returns>Its features, [N, …].</returns>
    public virtual Tensor CallStage(int stage, Tensor features, ReadOnlySpan<Tensor> extraInputs)
    {
        Plan.RequireExtraInputs(extraInputs.Length);
        return CallStage(stage, features);
    }

    /// <summary>Runs the head of one exit.</summary>
    /// <param name="exit">The exit, counted from 0 in declaration order.</param>
    /// <param name="features">The features of the exit's stage, [N, …].</param>
    /// <param name="extraInputs">The extra inputs in the order of their declaration, [N, …shape] each. Never written.</param>
    /// <returns>Its logits, [N, classes].</returns>
    public virtual Tensor CallExit(int exit, Tensor features, ReadOnlySpan<Tensor> extraInputs)
    {
        Plan.RequireExtraInputs(extraInputs.Length);
        return CallExit(exit, features);
    }

    /// <summary>Runs the gate of one exit.</summary>
    /// <param name="exit">An exit with a gate, counted from 0 in declaration order.</param>
    /// <param name="features">The features of the exit's stage, [N, …].</param>
    /// <param name="extraInputs">The extra inputs in the order of their declaration, [N, …shape] each. Never written.</param>
    /// <returns>Its values before the sigmoid, [N, 1].</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such exit, or it has no gate.</exception>
    public virtual Tensor CallGate(int exit, Tensor features, ReadOnlySpan<Tensor> extraInputs)
    {
        Plan.RequireExtraInputs(extraInputs.Length);
        return CallGate(exit, features);
    }

    /// <summary>
    /// In evaluation mode, answers every row at the first exit whose criterion fires, and returns the rows in the caller's order. In
    /// training mode, gives the last exit's logits.
    /// </summary>
    /// <param name="input">One batch, [N, …input], N at least 1.</param>
    /// <param name="extraInputs">The extra inputs in the order of their declaration, [N, …shape] each. Never written.</param>
    /// <returns>Logits [N, classes].</returns>
    /// <exception cref="ArgumentException">The batch is empty, or a tensor has the wrong shape, element type or device, or is missing.</exception>
    /// <exception cref="InvalidOperationException">A head gave something else than logits, or the last exit gave NaN.</exception>
    public Tensor forward(Tensor input, ReadOnlySpan<Tensor> extraInputs)
    {
        RequireInput(input);
        RequireExtraInputs(input, extraInputs);
        return training ? ForwardLastExit(input, extraInputs) : ForwardEarlyExit(input, Policy, [], limits: default, extraInputs);
    }

    /// <summary>Checks that the extra inputs are those that were declared, with a row for each of the input's or the features'.</summary>
    /// <remarks>Of a network in another floating-point type, they may be in that type too.</remarks>
    /// <exception cref="ArgumentException">A tensor has the wrong shape, element type or device, or is missing.</exception>
    protected void RequireExtraInputs(Tensor input, ReadOnlySpan<Tensor> extraInputs)
    {
        ArgumentNullException.ThrowIfNull(input);
        NetworkPlan plan = Plan;
        plan.RequireExtraInputs(extraInputs.Length);
        for (int index = 0; index < extraInputs.Length; index++)
        {
            ExtraInputPlan declared = plan.ExtraInputs[index];
            Tensor extra = extraInputs[index] ?? throw new ArgumentNullException(declared.Name);
            long[] expected = [input.size(0), .. declared.Shape];
            bool isOfType = declared.Type == ElementType.Float32
                ? extra.is_floating_point()
                : extra.dtype == (ScalarType)(sbyte)declared.Type;
            string? problem = !extra.shape.SequenceEqual(expected) ? $"must have shape [{string.Join(", ", expected)}]"
                : !isOfType ? $"must be {declared.Type}"
                : extra.device_type != input.device_type || extra.device_index != input.device_index ? $"must be on {input.device}, as the input"
                : null;
            if (problem is not null)
            {
                throw new ArgumentException(
                    $"{plan.Name}, extra input '{declared.Name}': it {problem}, but is {extra.dtype} [{string.Join(", ", extra.shape)}] " +
                    $"on {extra.device_type.ToString().ToUpperInvariant()}.");
            }
        }
    }
}
