using System.Runtime.InteropServices;
using EarlyExitGen.CpuRuntime;
using EarlyExitGen.Exits;
using EarlyExitGen.TorchRuntime;
using TorchSharp;
using static TorchSharp.torch;

namespace EarlyExitGen;

/// <summary>
/// The base of every early-exit network. It is an ordinary TorchSharp module: train it, save it, move it. The source generator adds
/// the members that know the stages and exits.
/// </summary>
/// <remarks>
/// Stages and exits are registered by generated code, without reflection, from the base constructor. A module that a constructor
/// assigns later than its initialiser is registered by calling <c>RegisterComponents()</c> again, as in any TorchSharp module.
/// Not thread-safe, as TorchSharp modules are not.
/// </remarks>
public abstract partial class EarlyExitModule : nn.Module<Tensor, Tensor>
{
    /// <summary>Registers every stage, exit and other module that field and property initialisers have made by now.</summary>
    protected EarlyExitModule()
        : base(nameof(EarlyExitModule))
    {
        LibTorch.EnsureLoaded();

        // C# runs the derived class's field initialisers before this constructor, so the virtual call sees them.
#pragma warning disable CA2214
        RegisterComponents();
#pragma warning restore CA2214
    }

    /// <summary>What the compiler knows of this network.</summary>
    public virtual NetworkPlan Plan => throw NotCompiled();

    /// <summary>
    /// The thresholds that <see cref="forward(Tensor)"/> uses. Starts as the attributes' thresholds; assign another to change them.
    /// </summary>
    /// <exception cref="ArgumentException">The policy is for a network with another fingerprint.</exception>
    public ExitPolicy Policy
    {
        get => field ??= ExitPolicy.Default(Plan);
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            value.RequireFor(Plan);
            field = value;
        }
    }

    /// <summary>Runs every stage and every exit: what training needs.</summary>
    /// <param name="input">One batch, [N, …input].</param>
    /// <returns>One tensor [N, classes] per exit. The caller owns it.</returns>
    public virtual ExitLogits ForwardAll(Tensor input) => throw NotCompiled();

    /// <summary>Runs one stage.</summary>
    /// <param name="stage">The stage, counted from 0 in declaration order.</param>
    /// <param name="features">The features of the stage before it, [N, …], or the input for the first.</param>
    /// <returns>Its features, [N, …].</returns>
    public virtual Tensor CallStage(int stage, Tensor features) => throw NotCompiled();

    /// <summary>Runs the head of one exit.</summary>
    /// <param name="exit">The exit, counted from 0 in declaration order.</param>
    /// <param name="features">The features of the exit's stage, [N, …].</param>
    /// <returns>Its logits, [N, classes].</returns>
    public virtual Tensor CallExit(int exit, Tensor features) => throw NotCompiled();

    /// <summary>Runs the gate of one exit.</summary>
    /// <param name="exit">An exit with a gate, counted from 0 in declaration order.</param>
    /// <param name="features">The features of the exit's stage, [N, …].</param>
    /// <returns>Its values before the sigmoid, [N, 1].</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such exit, or it has no gate.</exception>
    public virtual Tensor CallGate(int exit, Tensor features) =>
        throw new ArgumentOutOfRangeException(nameof(exit), exit, "There is no such exit with a gate.");

    /// <summary>
    /// In evaluation mode, answers every row at the first exit whose criterion fires, and returns the rows in the caller's order. In
    /// training mode, gives the last exit's logits.
    /// </summary>
    /// <param name="input">One batch, [N, …input], N at least 1.</param>
    /// <returns>Logits [N, classes].</returns>
    /// <exception cref="ArgumentException">The batch is empty.</exception>
    /// <exception cref="InvalidOperationException">A head gave something else than logits, or the last exit gave NaN.</exception>
    public override Tensor forward(Tensor input) => forward(input, extraInputs: []);

    /// <summary>
    /// Writes the present weights and policy to a safetensors file, from which <c>CpuPipeline.Load</c> makes a pipeline on a machine
    /// without libtorch. The file is complete or as it was, never half-written.
    /// </summary>
    /// <param name="path">Where to.</param>
    /// <exception cref="InvalidOperationException">A threshold is outside its criterion's range.</exception>
    /// <exception cref="IOException">The file can't be written.</exception>
    public void SaveForCpu(string path) => CpuWeightsFile.Write(path, ModuleSnapshot.Of(this), Policy);

    /// <summary>The class's name.</summary>
    public override string GetName() => GetType().Name;

    /// <summary>Checks that a batch has the declared shape; what libtorch says of one that hasn't names no stage.</summary>
    /// <exception cref="ArgumentException">The batch is empty, or its shape is another one.</exception>
    protected void RequireInput(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        NetworkPlan plan = Plan;
        if (input.dim() == 0 || input.size(0) == 0)
        {
            throw new ArgumentException($"{plan.Name}: the batch is empty; it needs at least one row.", nameof(input));
        }

        if (!plan.Input.IsEmpty && !input.shape[1..].SequenceEqual(plan.Input.Select(size => (long)size)))
        {
            throw new ArgumentException(
                $"{plan.Name}, stage '{plan.Stages[0].Name}': the input must have shape [N, {string.Join(", ", plan.Input)}], " +
                $"but has [{string.Join(", ", input.shape)}].",
                nameof(input));
        }
    }

    /// <summary>Registers a module under its member's name, unless it is null or already there.</summary>
    protected void Register(string name, nn.Module? module)
    {
        if (module is null) return;
        if (_internal_submodules.TryGetValue(name, out nn.Module? registered))
        {
            if (ReferenceEquals(registered, module)) return;
            _internal_submodules.Remove(name);
        }

        register_module(name, module);
    }

    /// <summary>Registers a parameter under its member's name, unless it is null or already there.</summary>
    protected void Register(string name, TorchSharp.Modules.Parameter? parameter)
    {
        if (parameter is null) return;
        if (_internal_params.TryGetValue(name, out _)) _internal_params.Remove(name);
        register_parameter(name, parameter);
    }

    /// <summary>Registers a buffer under its member's name, unless it is null or already there.</summary>
    protected void Register(string name, Tensor? buffer)
    {
        if (buffer is null) return;
        if (_internal_buffers.TryGetValue(name, out _)) _internal_buffers.Remove(name);
        register_buffer(name, buffer);
    }

    /// <summary>
    /// The reference implementation of early exit, over TorchSharp's public API: the pipelines are tested against it, and fall back to
    /// it when they can't bind to the native library.
    /// </summary>
    /// <param name="input">One batch, [N, …input].</param>
    /// <param name="policy">The thresholds.</param>
    /// <param name="decisions">Empty, or one entry per row to fill.</param>
    /// <param name="limits">How far the call may go.</param>
    /// <param name="extraInputs">The extra inputs, [N, …shape] each.</param>
    /// <returns>Logits [N, classes].</returns>
    internal Tensor ForwardEarlyExit(
        Tensor input,
        ExitPolicy policy,
        Span<ExitDecision> decisions,
        in CallLimits limits = default,
        ReadOnlySpan<Tensor> extraInputs = default)
    {
        NetworkPlan plan = Plan;
        int batch = checked((int)input.size(0));

        using DisposeScope scope = NewDisposeScope();
        Tensor features = input;
        Tensor[] extras = extraInputs.ToArray();
        Tensor? answers = null;
        ExitWalk[] walks = [.. Enumerable.Range(0, batch).Select(row => new ExitWalk(plan, policy, row))];
        LimitWatch watch = new(plan, policy, limits);
        long[] rows = [.. Enumerable.Range(0, batch).Select(row => (long)row)];
        int stage = 0;
        for (int exit = 0; exit < plan.Exits.Length; exit++)
        {
            if (watch.IsOver(exit, rows, walks)) break;
            if (!policy.IsEnabled(exit)) continue;

            ExitPlan rule = plan.Exits[exit];
            while (stage <= rule.Stage && !watch.IsOver(exit, rows, walks)) features = CallStage(stage++, features, extras);
            if (stage <= rule.Stage) break;

            float[]? gates = rule.Gate is null ? null : ReadGates(plan, rule, CallGate(exit, features, extras), rows.Length);
            Tensor logits = CallExit(exit, features, extras);
            RequireLogits(plan, rule, logits, rows.Length);
            float[] values = Values(logits);

            List<long> answering = [];
            List<long> staying = [];
            for (int row = 0; row < rows.Length; row++)
            {
                ExitWalk walk = walks[rows[row]];
                if (!walk.Visit(exit, values.AsSpan(row * plan.Classes, plan.Classes), gates?[row] ?? 0)) staying.Add(row);
                if (walk.Decision?.Exit == exit) answering.Add(row);
            }

            answers ??= empty([batch, plan.Classes], logits.dtype, logits.device);
            if (answering.Count > 0) answers = WithAnswers(answers, answering, rows, walks, logits);
            if (staying.Count == 0) break;
            if (staying.Count < rows.Length)
            {
                Tensor stay = tensor(staying.ToArray(), device: features.device);
                features = features.index_select(0, stay);
                extras = Array.ConvertAll(extras, extra => extra.index_select(0, stay));
                rows = [.. staying.Select(row => rows[row])];
            }
        }

        for (int row = 0; row < decisions.Length; row++) decisions[row] = walks[row].Decision!.Value;
        return answers!.MoveToOuterDisposeScope();
    }

    private static Tensor WithAnswers(Tensor answers, List<long> answering, long[] rows, ExitWalk[] walks, Tensor logits)
    {
        Tensor to = tensor(answering.ConvertAll(row => rows[row]).ToArray(), device: logits.device);
        if (walks[0].ChangesLogits)
        {
            float[] values = [.. answering.SelectMany(row => walks[rows[row]].Answer)];
            return answers.index_copy(0, to, tensor(values).reshape(answering.Count, -1).to(logits.dtype).to(logits.device));
        }

        Tensor from = tensor(CollectionsMarshal.AsSpan(answering).ToArray(), device: logits.device);
        return answers.index_copy(0, to, logits.index_select(0, from));
    }

    private static float[] ReadGates(NetworkPlan plan, ExitPlan exit, Tensor values, int rows) => values.numel() == rows
        ? Values(values)
        : throw new InvalidOperationException(
            $"{plan.Name}: gate '{exit.Gate}' of exit '{exit.Name}' must give one value per row, [{rows}, 1], " +
            $"but gave [{string.Join(", ", values.shape)}].");

    private static float[] Values(Tensor tensor) => tensor.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();

    private static void RequireLogits(NetworkPlan plan, ExitPlan exit, Tensor logits, int rows)
    {
        if (logits.dim() != 2 || logits.size(0) != rows || logits.size(1) != plan.Classes)
        {
            throw new InvalidOperationException(
                $"{plan.Name}: exit '{exit.Name}' must give logits of shape [{rows}, {plan.Classes}], " +
                $"but gave [{string.Join(", ", logits.shape)}].");
        }
    }

    private Tensor ForwardLastExit(Tensor input, ReadOnlySpan<Tensor> extraInputs)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor features = input;
        for (int stage = 0; stage < Plan.Stages.Length; stage++) features = CallStage(stage, features, extraInputs);
        return CallExit(Plan.Exits.Length - 1, features, extraInputs).MoveToOuterDisposeScope();
    }

    private InvalidOperationException NotCompiled() => new(
        $"No code was generated for {GetType().Name}: it needs [EarlyExitNetwork], to be partial, and the EarlyExitGen generator.");
}
