using System.ComponentModel;
using System.Diagnostics;

namespace EarlyExitGen.TorchRuntime;

/// <content>The frozen weights against the module's present ones.</content>
public abstract partial class EarlyExitTorchPipeline
{
    private FrozenWeights? warnedOf;

    /// <summary>
    /// The name of a parameter or buffer that was written, moved or replaced since the weights were frozen, so that this pipeline answers
    /// with older ones; null when there is none. Thread-safe.
    /// </summary>
    /// <remarks>
    /// In a Debug build of the program that declares the network, each call looks, and says so once on standard error and to the trace
    /// listeners. A parameter that is replaced without being disposed, which TorchSharp's own modules never do, is not noticed.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">This pipeline was disposed.</exception>
    public string? ChangedParameter
    {
        get
        {
            lock (slots)
            {
                RequireNotDisposed();
                return weights.FindChange();
            }
        }
    }

    /// <summary>
    /// How each convolution over maps runs, for one input and for batches, and what each way took when the weights were frozen: measured
    /// then, with the threads that libtorch had. Not listed, and always the ordinary way: layers whose input's shape the compiler does not
    /// know, or that pad by a rule or not with zeros; all layers on a GPU; and all of a network with an ordinary call or a GroupNorm, or that
    /// writes in place to a flattened map. Clones and <see cref="Refreeze"/> keep the choice.
    /// </summary>
    /// <exception cref="ObjectDisposedException">This pipeline was disposed.</exception>
    public IReadOnlyList<ConvolutionRoute> ConvolutionRoutes
    {
        get
        {
            lock (slots)
            {
                RequireNotDisposed();
                return weights.Routes;
            }
        }
    }

    /// <summary>
    /// How each linear layer runs, for one input and for batches, and what both ways took when the weights were frozen: measured then, with
    /// the threads that libtorch had. Not listed, and always the ordinary way: layers whose input's shape the compiler does not know, or
    /// whose outputs are not a multiple of 16; and all layers on a GPU. Clones and <see cref="Refreeze"/> keep the choice.
    /// </summary>
    /// <exception cref="ObjectDisposedException">This pipeline was disposed.</exception>
    public IReadOnlyList<LinearRoute> LinearRoutes
    {
        get
        {
            lock (slots)
            {
                RequireNotDisposed();
                return weights.LinearRoutes;
            }
        }
    }

    /// <summary>
    /// Takes the module's present weights. All of them, or on an exception none: the pipeline then answers on with those it had. Clones keep
    /// what they have; refreeze each, or clone again to share.
    /// </summary>
    /// <remarks>
    /// Counts as a call: from one thread, and not while another call of this pipeline is under way. The module must not be trained
    /// meanwhile.
    /// </remarks>
    /// <exception cref="InvalidOperationException">
    /// A call is under way, or the module no longer fits the compiled code: a parameter is gone, not float32, of another shape, on another
    /// device than the others, or no longer on CUDA where the pipeline computes in half precision.
    /// </exception>
    /// <exception cref="ObjectDisposedException">This pipeline or the module was disposed.</exception>
    public void Refreeze()
    {
        RequireNotDisposed();
        Acquire();
        try
        {
            FrozenWeights old = weights;
            FrozenWeights fresh = old.Renew(network);
            try
            {
                fresh.RequireShapesOf(old);
                fresh.CarryRoutes(old);
                Bind(fresh);
            }
            catch
            {
                // The old weights know every layer already: binding them again reads nothing and can't fail.
                Bind(old);
                fresh.Release();
                throw;
            }

            // They may have moved to another device.
            hostLogits.Dispose();
            ReleaseOnDevice();
            lock (slots)
            {
                weights = fresh;
                old.Release();
            }
        }
        finally
        {
            GiveBack();
        }
    }

    /// <summary>Reads what the layers need into the fields.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected abstract void Bind(FrozenWeights weights);

    /// <summary>Says once that the module has other weights by now. Calls of it are compiled in Debug builds only.</summary>
    [Conditional("DEBUG")]
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected internal void WarnOfChangedWeights()
    {
        FrozenWeights present = weights;
        if (IsDisposed || warnedOf == present || present.FindChange() is not { } name) return;
        warnedOf = present;
        string warning =
            $"{Plan.Name}: '{name}' was changed or replaced after its weights were frozen, and this pipeline answers with the older ones; " +
            "Refreeze() takes the present ones.";
        Trace.TraceWarning(warning);
        Console.Error.WriteLine(warning);
    }
}
