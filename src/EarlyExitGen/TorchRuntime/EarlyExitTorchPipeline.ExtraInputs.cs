using System.ComponentModel;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <content>
/// Extra inputs: tensors of the caller that stages read beside the features. A call borrows them, and when rows of a batch leave, those
/// that stay are gathered in them as in the features, into tensors of the pipeline's own.
/// </content>
public abstract partial class EarlyExitTorchPipeline
{
    private TensorSlot[] extraSlots = [];

    /// <summary>Answers one input of a network with extra inputs as well as it can within limits.</summary>
    /// <param name="input">[1, …input] on <see cref="Device"/>.</param>
    /// <param name="extraInputs">The extra inputs in the order of their declaration, [1, …shape] each on <see cref="Device"/>. Never written.</param>
    /// <param name="logits">Takes the answering exit's logits: float32 [1, classes] on any device.</param>
    /// <param name="limits">How far the call may go.</param>
    /// <inheritdoc cref="Forward(Tensor, Tensor, in CallLimits)" path="/exception"/>
    public virtual ExitDecision Forward(
        Tensor input, ReadOnlySpan<Tensor> extraInputs, Tensor logits, in CallLimits limits = default)
    {
        Plan.RequireExtraInputs(extraInputs.Length);
        return Forward(input, logits, limits);
    }

    /// <summary>Answers every row of a batch, of a network with extra inputs, as well as it can within limits.</summary>
    /// <param name="batch">[N, …input] on <see cref="Device"/>, N at least 1.</param>
    /// <param name="extraInputs">The extra inputs in the order of their declaration, [N, …shape] each on <see cref="Device"/>. Never written.</param>
    /// <param name="logits">Takes each row's logits: float32 [N, classes] on any device.</param>
    /// <param name="decisions">Takes each row's decision; N entries.</param>
    /// <param name="limits">How far the call may go. A budget is that of each row.</param>
    /// <inheritdoc cref="Forward(Tensor, Tensor, Span{ExitDecision}, in CallLimits)" path="/exception|/remarks"/>
    public virtual void Forward(
        Tensor batch, ReadOnlySpan<Tensor> extraInputs, Tensor logits, Span<ExitDecision> decisions, in CallLimits limits = default)
    {
        Plan.RequireExtraInputs(extraInputs.Length);
        Forward(batch, logits, decisions, limits);
    }

    /// <summary>Makes the slot of the next extra input.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected TensorSlot NewExtraInput()
    {
        TensorSlot slot = NewSlot();
        extraSlots = [.. extraSlots, slot];
        return slot;
    }

    /// <inheritdoc cref="Begin(Tensor, Tensor, in CallLimits, TensorSlot)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ExitPolicy Begin(
        Tensor input, ReadOnlySpan<Tensor> extraInputs, Tensor logits, in CallLimits limits, TensorSlot features)
    {
        RequireOne(input, logits);
        RequireExtraInputs(extraInputs, rows: 1);
        Enter(input, features);
        Borrow(extraInputs);
        return Start(input, logits, limits, features, rows: 1);
    }

    /// <inheritdoc cref="BeginBatch(Tensor, Tensor, ReadOnlySpan{ExitDecision}, in CallLimits, TensorSlot)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ExitPolicy BeginBatch(
        Tensor batch,
        ReadOnlySpan<Tensor> extraInputs,
        Tensor logits,
        ReadOnlySpan<ExitDecision> decisions,
        in CallLimits limits,
        TensorSlot features)
    {
        int count = RequireBatch(batch, logits, decisions);
        RequireExtraInputs(extraInputs, count);
        Enter(batch, features);
        Borrow(extraInputs);
        return StartBatch(batch, logits, limits, features, count);
    }

    /// <inheritdoc cref="End(Tensor, Tensor)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected void End(Tensor input, ReadOnlySpan<Tensor> extraInputs, Tensor logits)
    {
        End(input, logits);
        foreach (Tensor extra in extraInputs) GC.KeepAlive(extra);
    }

    /// <inheritdoc cref="ForwardManaged(Tensor, Tensor, in CallLimits)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ExitDecision ForwardManaged(Tensor input, ReadOnlySpan<Tensor> extraInputs, Tensor logits, in CallLimits limits)
    {
        RequireOne(input, logits);
        RequireExtraInputs(extraInputs, rows: 1);
        ExitDecision decision = default;
        RunManaged(input, logits, new Span<ExitDecision>(ref decision), limits, extraInputs);
        return decision;
    }

    /// <inheritdoc cref="ForwardManaged(Tensor, Tensor, Span{ExitDecision}, in CallLimits)"/>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected void ForwardManaged(
        Tensor batch, ReadOnlySpan<Tensor> extraInputs, Tensor logits, Span<ExitDecision> decisions, in CallLimits limits)
    {
        int count = RequireBatch(batch, logits, decisions);
        RequireExtraInputs(extraInputs, count);
        RunManaged(batch, logits, decisions, limits, extraInputs);
    }

    private void Borrow(ReadOnlySpan<Tensor> extraInputs)
    {
        for (int index = 0; index < extraSlots.Length; index++) extraSlots[index].Borrow(extraInputs[index].Handle);
    }

    /// <summary>Extra inputs of as many rows, to measure with: all that a mask can let through, and the first of all ids.</summary>
    private Tensor[] MakeExtraInputs(int rows) =>
    [
        .. Plan.ExtraInputs.Select(extra =>
        {
            long[] shape = [rows, .. extra.Shape];
            return extra.Type == ElementType.Int64 ? zeros(shape, ScalarType.Int64) : ones(shape, (ScalarType)(sbyte)extra.Type);
        }),
    ];

    private void RequireExtraInputs(ReadOnlySpan<Tensor> extraInputs, long rows)
    {
        Plan.RequireExtraInputs(extraInputs.Length);
        for (int index = 0; index < extraInputs.Length; index++)
        {
            ExtraInputPlan declared = Plan.ExtraInputs[index];
            Tensor extra = extraInputs[index] ?? throw new ArgumentNullException(declared.Name);
            RequireAlive(extra, declared.Name);
            if (!HasShape(extra, rows, declared))
            {
                throw WrongExtraInput(declared, $"must have shape [{string.Join(", ", declared.Shape.Prepend((int)rows))}]", extra);
            }

            if (extra.dtype != (ScalarType)(sbyte)declared.Type) throw WrongExtraInput(declared, $"must be {declared.Type}", extra);
            if (!IsOnDevice(extra)) throw WrongExtraInput(declared, $"must be on {Device}, where the weights are", extra);
        }
    }

    private static bool HasShape(Tensor tensor, long rows, ExtraInputPlan declared)
    {
        if (tensor.dim() != declared.Shape.Length + 1 || tensor.size(0) != rows) return false;
        for (int index = 0; index < declared.Shape.Length; index++)
        {
            if (tensor.size(index + 1) != declared.Shape[index]) return false;
        }

        return true;
    }

    private ArgumentException WrongExtraInput(ExtraInputPlan declared, string expected, Tensor actual) =>
        new($"{Plan.Name}, extra input '{declared.Name}': it {expected}, but is {Describe(actual)}.");
}
