using EarlyExitGen.Generator.Model;

namespace EarlyExitGen.Generator.Emit;

/// <summary>Whether the Torch pipeline may run convolutions another way than the module does.</summary>
internal static class ConvolutionRoutes
{
    /// <summary>
    /// Whether maps may have their channels last without any difference to the answers. Flattening such a map copies it, so what is then
    /// written in place no longer shows in the map itself; libtorch's GroupNorm loses a digit on such maps; and the author's own code may
    /// look at how a tensor lies in memory.
    /// </summary>
    public static bool MayChangeLayout(LoweredNetwork network) => network.Parts.All(part =>
    {
        HashSet<int> flattened = [];
        foreach (Step step in part.Steps)
        {
            if (step.Layer.Operation is ModuleCall or MemberCall or GroupNorm) return false;
            if (step.InPlace && flattened.Contains(step.OutputSlot)) return false;
            bool isView = step.Layer.Operation is Identity or Flatten or Reshape or Permute or Transpose or Select or Narrow or Unsqueeze
                or Squeeze;
            bool copies = step.Layer.Operation is Flatten or Reshape && step.InputSlots[0] != step.OutputSlot;
            if (copies || (isView && flattened.Contains(step.InputSlots[0])))
            {
                flattened.Add(step.OutputSlot);
            }
            else if (!isView && !step.InPlace)
            {
                flattened.Remove(step.OutputSlot);
            }
        }

        return true;
    });
}
