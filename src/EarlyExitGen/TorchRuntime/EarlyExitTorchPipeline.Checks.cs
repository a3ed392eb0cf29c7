using static TorchSharp.torch;

namespace EarlyExitGen.TorchRuntime;

/// <content>
/// What a call checks before any operation, compiled or managed. Uses those members of a tensor that don't allocate, except to say what
/// is wrong.
/// </content>
public abstract partial class EarlyExitTorchPipeline
{
    private void RequireInput(Tensor input, long rows)
    {
        if (callsModule && network.training)
        {
            throw new InvalidOperationException(
                $"{Plan.Name} is in training mode, and parts of its pipeline are ordinary calls on the module: call eval() first.");
        }

        RequireAlive(input, nameof(input));
        if (!HasInputShape(input, rows))
        {
            string expected = Plan.Input.IsEmpty ? $"[{rows}, …]" : $"[{string.Join(", ", Plan.Input.Prepend((int)rows))}]";
            throw WrongInput($"must have shape {expected}", input);
        }

        if (input.dtype != inputType) throw WrongInput($"must be {inputType}", input);
        if (!IsOnDevice(input)) throw WrongInput($"must be on {Device}, where the weights are", input);
    }

    private bool IsOnDevice(Tensor input) => input.device_type == Device.type
        && (Device.type == TorchSharp.DeviceType.CPU || input.device_index == Math.Max(Device.index, 0));

    private bool HasInputShape(Tensor input, long rows)
    {
        long dimensions = input.dim();
        if (dimensions == 0 || input.size(0) != rows) return false;
        if (Plan.Input.IsEmpty) return true;
        if (dimensions != Plan.Input.Length + 1) return false;

        for (int index = 0; index < Plan.Input.Length; index++)
        {
            if (input.size(index + 1) != Plan.Input[index]) return false;
        }

        return true;
    }

    private void RequireLogits(Tensor logits, long rows)
    {
        RequireAlive(logits, nameof(logits));
        if (logits.dim() != 2 || logits.size(0) != rows || logits.size(1) != Plan.Classes || logits.dtype != ScalarType.Float32)
        {
            throw new ArgumentException(
                $"{Plan.Name}: the tensor for the logits must be Float32 of shape [{rows}, {Plan.Classes}], but is {Describe(logits)}.",
                nameof(logits));
        }
    }

    private int RequireBatch(Tensor batch, Tensor logits, ReadOnlySpan<ExitDecision> decisions)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(logits);
        RequireNotDisposed();
        RequireAlive(batch, nameof(batch));
        long count = batch.dim() == 0 ? 0 : batch.size(0);
        if (count == 0)
        {
            throw new ArgumentException($"{Plan.Name}: the batch is empty; it needs at least one row.", nameof(batch));
        }

        RequireInput(batch, count);
        RequireLogits(logits, count);
        return decisions.Length == count
            ? decisions.Length
            : throw new ArgumentException(
                $"{Plan.Name}: the batch has {count} rows and needs as many decisions, but there is room for {decisions.Length}.",
                nameof(decisions));
    }

    private void RequireOne(Tensor input, Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(logits);
        RequireNotDisposed();
        RequireInput(input, rows: 1);
        RequireLogits(logits, rows: 1);
    }

    private void RequireAlive(Tensor tensor, string name)
    {
        if (tensor.IsInvalid) throw new ObjectDisposedException(name, $"{Plan.Name}: the tensor '{name}' was disposed.");
    }

    private ArgumentException WrongInput(string expected, Tensor actual) =>
        new($"{Plan.Name}, stage '{Plan.Stages[0].Name}': the input {expected}, but is {Describe(actual)}.");

    private static string Describe(Tensor tensor)
    {
        string device = tensor.device_type.ToString().ToUpperInvariant();
        if (tensor.device_type == TorchSharp.DeviceType.CUDA) device = $"{device}:{tensor.device_index}";
        return $"{tensor.dtype} [{string.Join(", ", tensor.shape)}] on {device}";
    }
}
