using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EarlyExitGen.Lab.Training;

/// <summary>
/// Which parameters and modules each stage and each exit uses. A stage may be a method that uses any module, so this is found by
/// running each part once and looking where its gradients arrive.
/// </summary>
internal sealed class NetworkParts
{
    private readonly EarlyExitModule network;
    private readonly Dictionary<string, Users> users = new(StringComparer.Ordinal);

    private NetworkParts(EarlyExitModule network) => this.network = network;

    /// <summary>Runs each part on some rows, in evaluation mode. Leaves modes, gradients and random numbers as they were.</summary>
    /// <param name="network">The network.</param>
    /// <param name="input">The rows, [N, …], where the network lies.</param>
    /// <param name="withGates">Whether the gates are run too.</param>
    public static NetworkParts Trace(EarlyExitModule network, Tensor input, bool withGates)
    {
        NetworkParts parts = new(network);
        bool training = network.training;
        using Tensor random = get_rng_state();
        network.eval();
        try
        {
            parts.TraceAll(input, withGates);
        }
        finally
        {
            network.train(training);
            set_rng_state(random);
        }

        return parts;
    }

    /// <summary>
    /// The parameters that a phase trains: used by an exit or stage that takes part, and by none that is frozen. A parameter that the
    /// user froze, by <c>requires_grad</c>, is not among them.
    /// </summary>
    public IReadOnlyList<(Parameter Parameter, int? Stage)> TrainedBy(TrainingPhase phase) =>
        [.. network.named_parameters()
            .Where(named => users.TryGetValue(named.name, out Users? parts) && IsTrained(parts, phase))
            .Select(named => (named.parameter, users[named.name].FirstStage))];

    /// <summary>
    /// Sets training mode where the phase trains and evaluation mode elsewhere. A module without parameters of its own, such as dropout,
    /// goes with its nearest relative that has some, and with the backbone if there is none.
    /// </summary>
    public void SetModes(TrainingPhase phase)
    {
        network.train();
        Dictionary<string, bool> modes = new(StringComparer.Ordinal) { [""] = phase.FrozenStages < network.Plan.Stages.Length };
        foreach ((string name, nn.Module module) in network.named_modules().OrderBy(named => named.name.Count(letter => letter == '.')))
        {
            Users? used = UsersOf(name, module);
            bool mode = used is null ? modes[ParentOf(name)] : IsTrained(used, phase);
            modes[name] = mode;
            module.train(mode);
        }
    }

    /// <summary>The parameters that gates use.</summary>
    public IReadOnlyList<(Parameter Parameter, int? Stage)> TrainedByGates() =>
        [.. network.named_parameters()
            .Where(named => users.TryGetValue(named.name, out Users? parts) && parts.Gates.Count > 0)
            .Select(named => (named.parameter, (int?)null))];

    /// <summary>A parameter that a gate uses and a stage or an exit too, with the gate's exit; null when there is none.</summary>
    public (string Parameter, int Exit)? SharedWithGate() =>
        users.Where(used => used.Value.Gates.Count > 0 && !used.Value.AreGatesAlone)
            .Select(used => ((string, int)?)(used.Key, used.Value.Gates.Min))
            .FirstOrDefault();

    /// <summary>Sets training mode for the modules that gates alone use and evaluation mode for all others.</summary>
    public void SetGateModes()
    {
        network.eval();
        foreach ((_, nn.Module module) in GateModules()) module.train();
    }

    /// <summary>The network's parameters and persistent buffers that training gates leaves as they are.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> KeptByGates()
    {
        string[] modules = [.. GateModules().Select(named => named.Name + ".")];
        return network.state_dict().Where(entry =>
            !(users.TryGetValue(entry.Key, out Users? parts) && parts.AreGatesAlone)
            && !modules.Any(module => entry.Key.StartsWith(module, StringComparison.Ordinal)));
    }

    private IEnumerable<(string Name, nn.Module Module)> GateModules() =>
        network.named_modules().Where(named => UsersOf(named.name, named.module) is { AreGatesAlone: true });

    private static string ParentOf(string name) => name.LastIndexOf('.') is int dot and >= 0 ? name[..dot] : "";

    private bool IsTrained(Users parts, TrainingPhase phase)
    {
        int deepest = network.Plan.Exits[phase.Exits[^1]].Stage;
        bool frozen = parts.Stages.Any(stage => stage < phase.FrozenStages);
        return !frozen && (parts.Stages.Any(stage => stage <= deepest) || parts.Exits.Any(phase.Exits.Contains));
    }

    private Users? UsersOf(string moduleName, nn.Module module)
    {
        Users? all = null;
        foreach ((string name, _) in module.named_parameters())
        {
            if (!users.TryGetValue($"{moduleName}.{name}", out Users? parts)) continue;
            all ??= new Users();
            all.Stages.UnionWith(parts.Stages);
            all.Exits.UnionWith(parts.Exits);
            all.Gates.UnionWith(parts.Gates);
        }

        return all;
    }

    private void TraceAll(Tensor input, bool withGates)
    {
        NetworkPlan plan = network.Plan;
        using DisposeScope scope = NewDisposeScope();
        ClearGradients();
        Tensor features = input;
        int exit = 0;
        for (int stage = 0; stage < plan.Stages.Length; stage++)
        {
            features = network.CallStage(stage, features);
            NoteGradients(features, parts => parts.Stages.Add(stage));
            features = features.detach();
            for (; exit < plan.Exits.Length && plan.Exits[exit].Stage == stage; exit++)
            {
                NoteGradients(network.CallExit(exit, features), parts => parts.Exits.Add(exit));
                if (!withGates || plan.Exits[exit].Gate is null) continue;
                NoteGradients(network.CallGate(exit, features), parts => parts.Gates.Add(exit));
            }
        }
    }

    private void NoteGradients(Tensor output, Action<Users> note)
    {
        if (!output.requires_grad) return;
        output.sum().backward();
        foreach ((string name, Parameter parameter) in network.named_parameters())
        {
            if (parameter.grad is null) continue;
            if (!users.TryGetValue(name, out Users? parts)) users[name] = parts = new Users();
            note(parts);
        }

        ClearGradients();
    }

    private void ClearGradients()
    {
        foreach (Parameter parameter in network.parameters()) parameter.grad = null;
    }

    private sealed class Users
    {
        public SortedSet<int> Stages { get; } = [];

        public SortedSet<int> Exits { get; } = [];

        /// <summary>The exits whose gates use it.</summary>
        public SortedSet<int> Gates { get; } = [];

        public bool AreGatesAlone => Gates.Count > 0 && Stages.Count == 0 && Exits.Count == 0;

        public int? FirstStage => Stages.Count > 0 ? Stages.Min : null;
    }
}
