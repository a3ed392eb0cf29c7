using System.ComponentModel;
using EarlyExitGen.Exits;
using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <summary>
/// The base of the generated pipelines over TorchSharp tensors: it checks what comes in, owns the scratch, and writes answers.
/// </summary>
public abstract partial class EarlyExitTorchPipeline : EarlyExitPipeline
{
    private readonly EarlyExitModule network;
    private FrozenWeights weights;
    private readonly ScalarType inputType;
    private readonly bool callsModule;
    private readonly HostRows hostLogits;
    private readonly List<TensorSlot> slots = [];
    private readonly TensorPool pool = new();
    private nint inferenceMode;

    /// <summary>For generated code.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected EarlyExitTorchPipeline(
        EarlyExitModule network, NetworkPlan plan, FrozenWeights weights, ScalarType inputType, bool callsModule)
        : base(plan, network.Policy)
    {
        this.network = network;
        this.weights = weights;
        this.inputType = inputType;
        this.callsModule = callsModule;
        hostLogits = new HostRows(plan.Classes);
        hasDeviceScores = DeviceScores.Serve(plan);
        fullLogits = NewSlot();
    }

    /// <summary>Where the weights are, and where inputs must be.</summary>
    public Device Device => weights.Device;

    /// <summary>
    /// Why calls run TorchSharp's managed forward instead of the compiled code, or null when they don't: the native library is not the
    /// one that the compiled code was written for.
    /// </summary>
    public static string? FallbackReason => NativeBinding.FallbackReason;

    /// <summary>Answers one input at the first exit whose conditions hold.</summary>
    /// <param name="input">[1, …input] on <see cref="Device"/>.</param>
    /// <param name="logits">Takes the answering exit's logits: float32 [1, classes] on any device.</param>
    /// <exception cref="ArgumentException">A tensor has the wrong shape, element type or device.</exception>
    /// <exception cref="InvalidOperationException">The last exit gave NaN, or another thread is using this pipeline.</exception>
    /// <exception cref="ObjectDisposedException">This pipeline was disposed.</exception>
    public abstract ExitDecision Forward(Tensor input, Tensor logits);

    /// <summary>Answers one input as well as it can within limits.</summary>
    /// <inheritdoc cref="Forward(Tensor, Tensor)" path="/exception"/>
    /// <param name="input">[1, …input] on <see cref="Device"/>.</param>
    /// <param name="logits">Takes the answering exit's logits: float32 [1, classes] on any device.</param>
    /// <param name="limits">How far the call may go.</param>
    /// <exception cref="ArgumentOutOfRangeException">The budget does not reach the first exit.</exception>
    public abstract ExitDecision Forward(Tensor input, Tensor logits, in CallLimits limits);

    /// <summary>Answers every row of a batch at its own exit; rows keep the caller's order.</summary>
    /// <param name="batch">[N, …input] on <see cref="Device"/>, N at least 1.</param>
    /// <param name="logits">Takes each row's logits: float32 [N, classes] on any device.</param>
    /// <param name="decisions">Takes each row's decision; N entries.</param>
    /// <exception cref="ArgumentException">A tensor has the wrong shape, element type or device, or the batch is empty.</exception>
    /// <exception cref="InvalidOperationException">The last exit gave NaN, or another thread is using this pipeline.</exception>
    /// <exception cref="ObjectDisposedException">This pipeline was disposed.</exception>
    /// <remarks>Allocates once for the largest batch seen so far. On an exception nothing is written.</remarks>
    public abstract void Forward(Tensor batch, Tensor logits, Span<ExitDecision> decisions);

    /// <summary>Answers every row of a batch as well as it can within limits, which are those of the whole batch.</summary>
    /// <inheritdoc cref="Forward(Tensor, Tensor, Span{ExitDecision})" path="/exception|/remarks"/>
    /// <param name="batch">[N, …input] on <see cref="Device"/>, N at least 1.</param>
    /// <param name="logits">Takes each row's logits: float32 [N, classes] on any device.</param>
    /// <param name="decisions">Takes each row's decision; N entries.</param>
    /// <param name="limits">How far the call may go. A budget is that of each row.</param>
    /// <exception cref="ArgumentOutOfRangeException">The budget does not reach the first exit.</exception>
    public abstract void Forward(Tensor batch, Tensor logits, Span<ExitDecision> decisions, in CallLimits limits);

    /// <summary>Makes a slot of scratch.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected TensorSlot NewSlot()
    {
        TensorSlot slot = new(pool);
        slots.Add(slot);
        return slot;
    }

    /// <summary>Checks a call's tensors, takes the pipeline for it, and switches gradient recording off until <see cref="End(Tensor, Tensor)"/>.</summary>
    /// <returns>The policy of this call.</returns>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ExitPolicy Begin(Tensor input, Tensor logits, in CallLimits limits, TensorSlot features)
    {
        RequireOne(input, logits);
        Enter(input, features);
        return Start(input, logits, limits, features, rows: 1);
    }

    /// <summary>Gives the pipeline back and releases what is left in the slots, however the call ended.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected void End(Tensor input, Tensor logits)
    {
        LeaveNative();
        GiveBack();

        // The native code read these tensors through bare handles.
        GC.KeepAlive(input);
        GC.KeepAlive(logits);
    }

    /// <summary>Writes the answer of an exit whose conditions hold.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ExitDecision Answer(int exit, float score, ReadOnlySpan<float> answer, Tensor logits)
    {
        WriteLogits(answer, logits, rows: 1);
        return new ExitDecision(exit, Outputs.Label(Plan.Output, answer), score);
    }

    /// <summary>Writes the answer of an input that reached the last exit.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ExitDecision AnswerLast(ReadOnlySpan<float> answer, Tensor logits)
    {
        State.KeepLast(row: 0, answer, callersRow: 0);
        return AnswerSoFar(logits);
    }

    /// <summary>Writes the answer that was kept.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ExitDecision AnswerSoFar(Tensor logits)
    {
        WriteLogits(State.Answers[..Plan.Classes], logits, rows: 1);
        return State.Decisions[0];
    }

    /// <summary>Runs one input through TorchSharp's managed forward, with the module's present weights.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ExitDecision ForwardManaged(Tensor input, Tensor logits, in CallLimits limits)
    {
        RequireOne(input, logits);
        ExitDecision decision = default;
        RunManaged(input, logits, new Span<ExitDecision>(ref decision), limits);
        return decision;
    }

    /// <summary>Runs a batch through TorchSharp's managed forward, with the module's present weights.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected void ForwardManaged(Tensor batch, Tensor logits, Span<ExitDecision> decisions, in CallLimits limits)
    {
        RequireBatch(batch, logits, decisions);
        RunManaged(batch, logits, decisions, limits);
    }

    /// <summary>The weights, for a clone.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected FrozenWeights ShareWeights()
    {
        lock (slots)
        {
            RequireNotDisposed();
            return weights.Share();
        }
    }

    private protected override void ReleaseResources()
    {
        hostLogits.Dispose();
        ReleaseOnDevice();
        places?.Dispose();
        pool.Dispose();
        lock (slots) weights.Release();
    }

    /// <summary>The logits of an exit for one input, on the host.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ReadOnlySpan<float> ReadLogits(TensorSlot head, int exit) => ReadLogits(head, exit, rows: 1);

    /// <summary>The value of an exit's gate for one input, before the sigmoid.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected float ReadGate(TensorSlot gate, int exit)
    {
        ReadGates(gate, exit, State.Gates[..1]);
        return State.Gates[0];
    }

    private void RunManaged(
        Tensor batch, Tensor logits, Span<ExitDecision> decisions, in CallLimits limits, ReadOnlySpan<Tensor> extraInputs = default)
    {
        Acquire();
        bool wasTraining = network.training;
        if (wasTraining) network.eval();
        try
        {
            using IDisposable noGradient = no_grad();
            using Tensor answers = network.ForwardEarlyExit(batch, Policy, decisions, limits, extraInputs);
            logits.copy_(answers);
        }
        finally
        {
            if (wasTraining) network.train();
            GiveBack();
        }
    }

    /// <summary>Reads the policy and starts the exits, once the pipeline is this call's.</summary>
    private ExitPolicy Start(Tensor input, Tensor logits, in CallLimits limits, TensorSlot features, int rows)
    {
        try
        {
            CastInputs(features);
            State.Reserve(rows);
            ExitPolicy policy = Policy;
            State.Begin(policy, limits, rows);
            return policy;
        }
        catch
        {
            // The generated code's own clean-up begins only after this method.
            End(input, logits);
            throw;
        }
    }

    private unsafe void LeaveNative()
    {
        foreach (TensorSlot slot in slots) slot.Clear();
        ClearOnDevice();
        LibTorchSharp.LeaveInferenceMode(inferenceMode);
    }

    private unsafe void Enter(Tensor input, TensorSlot features)
    {
        Acquire();
        inferenceMode = LibTorchSharp.EnterInferenceMode(1);
        features.Borrow(input.Handle);
    }

    private static unsafe string ShapeOf(nint tensor)
    {
        long[] shape = new long[LibTorchSharp.Dimensions(tensor)];
        for (int index = 0; index < shape.Length; index++) shape[index] = LibTorchSharp.Size(tensor, index);
        return $"[{string.Join(", ", shape)}]";
    }
}
