namespace EarlyExitGen.CpuRuntime;

/// <summary>
/// Threads that answer the rows of one batch at a time, beside the thread that called, each with a pipeline of its own. Rows are handed
/// out one by one, because early exits make some much shorter than others; some at a time where a pipeline takes them together. A call allocates nothing.
/// </summary>
internal sealed unsafe class BatchThreads : IDisposable
{
    private readonly EarlyExitCpuPipeline[] pipelines;
    private readonly Thread[] threads;
    private readonly SemaphoreSlim start = new(0);
    private readonly CountdownEvent done = new(1);
    private readonly Lock failureLock = new();
    private bool isStopping;

    // One batch. The inputs are the caller's span, which the call pins until every thread is done with it.
    private float* inputs;
    private int rows;
    private int rowsAtATime;
    private int nextRow;
    private ExitPolicy? policy;
    private CallLimits limits;
    private float[] answers = [];
    private ExitDecision[] decisions = [];
    private InvalidOperationException? failure;
    private int failedRow;

    /// <param name="pipelines">One for each further thread; disposed of with them.</param>
    public BatchThreads(EarlyExitCpuPipeline[] pipelines)
    {
        this.pipelines = pipelines;
        threads = new Thread[pipelines.Length];
        for (int index = 0; index < threads.Length; index++)
        {
            EarlyExitCpuPipeline pipeline = pipelines[index];
            threads[index] = new Thread(() => Work(pipeline)) { IsBackground = true, Name = $"{pipeline.Plan.Name} batch {index + 1}" };
            threads[index].Start();
        }
    }

    /// <summary>Answers every row, those of the calling thread with its own pipeline.</summary>
    /// <exception cref="InvalidOperationException">What the first row without an answer threw.</exception>
    public void Run(
        EarlyExitCpuPipeline caller,
        ReadOnlySpan<float> batch,
        float[] answers,
        ExitDecision[] decisions,
        int rows,
        ExitPolicy policy,
        in CallLimits limits)
    {
        fixed (float* pinned = batch)
        {
            inputs = pinned;
            (this.rows, nextRow, this.policy, this.limits) = (rows, 0, policy, limits);
            rowsAtATime = Math.Min(caller.RowsAtATime, (rows + threads.Length) / (threads.Length + 1));
            (this.answers, this.decisions, failure) = (answers, decisions, null);
            done.Reset(threads.Length);
            start.Release(threads.Length);
            AnswerRows(caller);
            done.Wait();
        }

        if (failure is not null) throw failure;
    }

    public void Dispose()
    {
        isStopping = true;
        start.Release(threads.Length);
        foreach (Thread thread in threads) thread.Join();
        foreach (EarlyExitCpuPipeline pipeline in pipelines) pipeline.Dispose();
        start.Dispose();
        done.Dispose();
    }

    private void Work(EarlyExitCpuPipeline pipeline)
    {
        while (true)
        {
            start.Wait();
            if (isStopping) return;
            AnswerRows(pipeline);
            done.Signal();
        }
    }

    private void AnswerRows(EarlyExitCpuPipeline pipeline)
    {
        int length = pipeline.InputLength;
        int classes = pipeline.Plan.Classes;
        for (int row = NextRow(); row < rows; row = NextRow())
        {
            int count = Math.Min(rowsAtATime, rows - row);
            try
            {
                pipeline.AnswerRows(
                    row,
                    new ReadOnlySpan<float>(inputs + ((long)row * length), count * length),
                    answers.AsSpan(row * classes, count * classes),
                    decisions.AsSpan(row, count),
                    policy!,
                    limits);
            }
            catch (InvalidOperationException exception)
            {
                lock (failureLock)
                {
                    if (failure is null || row < failedRow) (failure, failedRow) = (exception, row);
                }
            }
        }
    }

    private int NextRow() => Interlocked.Add(ref nextRow, rowsAtATime) - rowsAtATime;
}
