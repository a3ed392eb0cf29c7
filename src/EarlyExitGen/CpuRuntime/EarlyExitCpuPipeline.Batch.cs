using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace EarlyExitGen.CpuRuntime;

/// <content>Batches: each row leaves at its own exit.</content>
public abstract partial class EarlyExitCpuPipeline
{
    // Sized for the largest batch so far: the caller's spans are written only once every row has its answer.
    private float[] answers = [];
    private ExitDecision[] answered = [];
    private int currentRow;
    private BatchThreads? threads;

    /// <summary>
    /// The cores over which a batch is spread; 1, the calling thread's own, unless it is set. Each further one gets a thread, which
    /// <see cref="EarlyExitPipeline.Dispose"/> ends, with scratch of its own and the same weights.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    /// <exception cref="InvalidOperationException">A call is under way.</exception>
    /// <exception cref="ObjectDisposedException">This pipeline was disposed.</exception>
    public int Cores
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            RequireNotDisposed();
            Acquire();
            try
            {
                if (value == field) return;
                threads?.Dispose();
                threads = null;
                field = 1;
                if (value > 1) threads = new BatchThreads([.. Enumerable.Range(1, value - 1).Select(_ => NewClone())]);
                field = value;
            }
            finally
            {
                GiveBack();
            }
        }
    } = 1;

    /// <summary>Answers every row of a batch at its own exit; rows keep the caller's order.</summary>
    /// <param name="batch">The inputs one after the other; at least one.</param>
    /// <param name="logits">Takes each row's logits one after the other.</param>
    /// <param name="decisions">Takes each row's decision.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the batch is empty.</exception>
    /// <exception cref="InvalidOperationException">The last exit gave NaN, or another thread is using this pipeline.</exception>
    /// <exception cref="ObjectDisposedException">This pipeline was disposed.</exception>
    /// <remarks>Allocates once for the largest batch seen so far. On an exception nothing is written.</remarks>
    public void Forward(ReadOnlySpan<float> batch, Span<float> logits, Span<ExitDecision> decisions) =>
        Forward(batch, logits, decisions, limits: default);

    /// <summary>Answers every row of a batch as well as it can within limits.</summary>
    /// <inheritdoc cref="Forward(ReadOnlySpan{float}, Span{float}, Span{ExitDecision})" path="/exception|/remarks"/>
    /// <param name="batch">The inputs one after the other; at least one.</param>
    /// <param name="logits">Takes each row's logits one after the other.</param>
    /// <param name="decisions">Takes each row's decision.</param>
    /// <param name="limits">
    /// How far each row may go. Rows run one after the other, or some together, so that once time is up, each that is left still runs to
    /// its first exit.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The budget does not reach the first exit.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(ReadOnlySpan<float> batch, Span<float> logits, Span<ExitDecision> decisions, in CallLimits limits)
    {
        RequireNotDisposed();
        RequireBatch(batch.Length, logits.Length, decisions.Length);
        Acquire();
        try
        {
            Reserve(decisions.Length);
            ExitPolicy policy = Policy;

            // What is wrong with the limits is told here, before any other thread runs.
            State.Begin(policy, limits, rows: 1);
            if (threads is not null) threads.Run(this, batch, answers, answered, decisions.Length, policy, limits);
            else ForwardRows(batch, decisions.Length, policy, limits);

            answers.AsSpan(0, logits.Length).CopyTo(logits);
            answered.AsSpan(0, decisions.Length).CopyTo(decisions);
        }
        finally
        {
            currentRow = 0;
            End();
        }
    }

    /// <summary>Answers rows of a batch, no more than <see cref="RowsTogether"/>.</summary>
    /// <param name="first">The caller's row that comes first.</param>
    /// <param name="inputs">The rows' inputs.</param>
    /// <param name="logits">Takes their logits.</param>
    /// <param name="decisions">Takes their decisions.</param>
    /// <param name="policy">The call's policy.</param>
    /// <param name="limits">The call's limits.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void AnswerRows(
        int first,
        ReadOnlySpan<float> inputs,
        Span<float> logits,
        Span<ExitDecision> decisions,
        ExitPolicy policy,
        in CallLimits limits)
    {
        currentRow = first;
        if (decisions.Length > 1)
        {
            AnswerTogether(inputs, logits, decisions, policy, limits);
            return;
        }

        State.Begin(policy, limits, rows: 1);
        decisions[0] = Run(inputs, logits, policy);
    }

    /// <summary>A pipeline with the same weights for another thread.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected abstract EarlyExitCpuPipeline NewClone();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardRows(ReadOnlySpan<float> batch, int rows, ExitPolicy policy, in CallLimits limits)
    {
        for (int first = 0; first < rows; first += RowsTogether)
        {
            int count = Math.Min(RowsTogether, rows - first);
            AnswerRows(
                first,
                batch.Slice(first * InputLength, count * InputLength),
                answers.AsSpan(first * Plan.Classes, count * Plan.Classes),
                answered.AsSpan(first, count),
                policy,
                limits);
        }
    }

    private void Reserve(int rows)
    {
        if (answered.Length >= rows) return;
        answers = new float[checked(rows * Plan.Classes)];
        answered = new ExitDecision[rows];
    }

    private void RequireBatch(int batch, int logits, int decisions)
    {
        int rows = batch / InputLength;
        if (rows == 0 || batch % InputLength != 0)
        {
            throw new ArgumentException(
                $"{Plan.Name}, stage '{Plan.Stages[0].Name}': the batch must be rows of {InputLength} floats, " +
                $"[{string.Join(", ", Plan.Input)}], at least one, but has {batch} floats.",
                nameof(batch));
        }

        if (logits != (long)rows * Plan.Classes)
        {
            throw new ArgumentException(
                $"{Plan.Name}: the batch has {rows} rows and needs {Plan.Classes} logits for each, {(long)rows * Plan.Classes} in all, " +
                $"but there is room for {logits}.",
                nameof(logits));
        }

        if (decisions != rows)
        {
            throw new ArgumentException(
                $"{Plan.Name}: the batch has {rows} rows and needs as many decisions, but there is room for {decisions}.",
                nameof(decisions));
        }
    }
}
