using System.ComponentModel;
using System.Runtime.CompilerServices;
using EarlyExitGen.Cpu.Memory;
using EarlyExitGen.Cpu.Weights;
using EarlyExitGen.Exits;

namespace EarlyExitGen.CpuRuntime;

/// <summary>
/// The base of the generated CPU pipelines: it checks what comes in, owns the scratch, and writes answers. Needs neither libtorch nor
/// TorchSharp.
/// </summary>
/// <remarks>Inputs and logits are float32 in row-major order. No call allocates, but for the first of a larger batch than before.</remarks>
public abstract partial class EarlyExitCpuPipeline : EarlyExitPipeline
{
    private readonly PackedWeights weights;
    private readonly Arena arena;

    /// <summary>For generated code.</summary>
    /// <param name="plan">The network.</param>
    /// <param name="weights">Its weights; released with this pipeline.</param>
    /// <param name="policy">The thresholds to begin with.</param>
    /// <param name="maps">The floats that its feature maps take.</param>
    /// <param name="scratch">The floats of scratch that each layer needs; they share the room.</param>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected EarlyExitCpuPipeline(NetworkPlan plan, PackedWeights weights, ExitPolicy policy, int maps, params ReadOnlySpan<int> scratch)
        : base(plan, policy)
    {
        this.weights = weights;
        InputLength = 1;
        foreach (int dimension in plan.Input) InputLength *= dimension;
        int largest = 0;
        foreach (int length in scratch) largest = Math.Max(largest, length);
        arena = new Arena(Arena.RoundUp(maps) + largest);
        Scratch = arena.At(Arena.RoundUp(maps), largest);
    }

    /// <summary>The native memory that this pipeline owns by itself, in bytes; its weights are shared with its clones.</summary>
    public long ScratchBytes => arena.Length * sizeof(float);

    /// <summary>The native memory of the weights, in bytes.</summary>
    public long WeightBytes => weights.Length * sizeof(float);

    /// <summary>The floats of one input.</summary>
    internal int InputLength { get; }

    /// <summary>What kernels may use while they run.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ArenaBuffer Scratch { get; }

    /// <summary>Answers one input at the first exit whose conditions hold.</summary>
    /// <param name="input">One input, as many floats as the plan's input has elements.</param>
    /// <param name="logits">Takes the answering exit's logits, one per class.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    /// <exception cref="InvalidOperationException">The last exit gave NaN, or another thread is using this pipeline.</exception>
    /// <exception cref="ObjectDisposedException">This pipeline was disposed.</exception>
    public abstract ExitDecision Forward(ReadOnlySpan<float> input, Span<float> logits);

    /// <summary>Answers one input as well as it can within limits.</summary>
    /// <inheritdoc cref="Forward(ReadOnlySpan{float}, Span{float})" path="/exception"/>
    /// <param name="input">One input, as many floats as the plan's input has elements.</param>
    /// <param name="logits">Takes the answering exit's logits, one per class.</param>
    /// <param name="limits">How far the call may go.</param>
    /// <exception cref="ArgumentOutOfRangeException">The budget does not reach the first exit.</exception>
    public abstract ExitDecision Forward(ReadOnlySpan<float> input, Span<float> logits, in CallLimits limits);

    /// <summary>Answers one input, once it is checked and the pipeline is this call's.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected abstract ExitDecision Run(ReadOnlySpan<float> input, Span<float> logits, ExitPolicy policy);

    /// <summary>A feature map at its planned place.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected ArenaBuffer Map(int offset, int length) => arena.At(offset, length);

    /// <summary>Checks a call's spans and takes the pipeline for it, until <see cref="End"/>.</summary>
    /// <returns>The policy of this call.</returns>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected ExitPolicy Begin(ReadOnlySpan<float> input, Span<float> logits, in CallLimits limits)
    {
        RequireNotDisposed();
        if (input.Length != InputLength) ThrowWrongInput(input);
        if (logits.Length != Plan.Classes) ThrowWrongLogits(logits);
        Acquire();
        try
        {
            ExitPolicy policy = Policy;
            State.Begin(policy, limits, rows: 1);
            return policy;
        }
        catch
        {
            // The generated code's own clean-up begins only after this method.
            End();
            throw;
        }
    }

    /// <summary>Gives the pipeline back, however the call ended.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected void End()
    {
        GiveBack();

        // The kernels read and wrote the arenas through bare pointers.
        GC.KeepAlive(this);
    }

    /// <summary>The logits that a head wrote.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected ReadOnlySpan<float> ReadLogits(ArenaBuffer head) => head.AsSpan()[..Plan.Classes];

    /// <summary>The value that a gate wrote, before the sigmoid.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static float ReadGate(ArenaBuffer gate) => gate.AsSpan()[0];

    /// <summary>Writes the answer of an exit whose conditions hold.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected ExitDecision Answer(int exit, float score, ReadOnlySpan<float> answer, Span<float> logits)
    {
        answer.CopyTo(logits);
        return new ExitDecision(exit, Outputs.Label(Plan.Output, answer), score);
    }

    /// <summary>Writes the answer of an input that reached the last exit.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected ExitDecision AnswerLast(ReadOnlySpan<float> answer, Span<float> logits)
    {
        State.KeepLast(row: 0, answer, currentRow);
        return AnswerSoFar(logits);
    }

    /// <summary>Writes the answer that was kept.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected ExitDecision AnswerSoFar(Span<float> logits)
    {
        State.Answers[..Plan.Classes].CopyTo(logits);
        return State.Decisions[0];
    }

    /// <summary>The weights, for a clone.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected PackedWeights ShareWeights()
    {
        RequireNotDisposed();
        return weights.Share();
    }

    /// <summary>
    /// Answers one input at each exit, so that every method of the path is compiled and the first call is as fast as the thousandth.
    /// </summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected void Prepare()
    {
        ExitPolicy policy = Policy;
        float[] inputs = new float[RowsTogether * InputLength];
        float[] logits = new float[RowsTogether * Plan.Classes];
        ExitDecision[] decisions = new ExitDecision[RowsTogether];
        for (int exit = 0; exit < Plan.Exits.Length; exit++)
        {
            Policy = AnswerAt(exit);
            try
            {
                Forward(inputs.AsSpan(0, InputLength), logits.AsSpan(0, Plan.Classes));
                for (int rows = 1; rows <= RowsTogether; rows *= 2)
                {
                    Forward(inputs.AsSpan(0, rows * InputLength), logits.AsSpan(0, rows * Plan.Classes), decisions.AsSpan(0, rows));
                }
            }
            catch (InvalidOperationException)
            {
                // Weights that give NaN for zeros. Whether they do for the caller's input is for a call to tell.
            }
        }

        Policy = policy;
    }

    private protected override void ReleaseResources()
    {
        threads?.Dispose();
        arena.Dispose();
        weights.Release();
    }

    /// <summary>A policy by which every input leaves at one exit.</summary>
    private ExitPolicy AnswerAt(int exit)
    {
        ExitPolicy policy = ExitPolicy.Default(Plan);
        for (int earlier = 0; earlier < Plan.Exits.Length - 1; earlier++)
        {
            bool firesBelow = Plan.Exits[earlier].Criterion!.ShouldExit(0, float.PositiveInfinity);
            policy = policy.With(earlier, firesBelow == (earlier == exit) ? float.PositiveInfinity : float.NegativeInfinity);
        }

        return policy;
    }

    private void ThrowWrongInput(ReadOnlySpan<float> input) => throw new ArgumentException(
        $"{Plan.Name}, stage '{Plan.Stages[0].Name}': the input must be {InputLength} floats, [{string.Join(", ", Plan.Input)}], " +
        $"but has {input.Length}.",
        nameof(input));

    private void ThrowWrongLogits(ReadOnlySpan<float> logits) => throw new ArgumentException(
        $"{Plan.Name}: the span for the logits must be {Plan.Classes} floats, one per class, but has {logits.Length}.", nameof(logits));
}
