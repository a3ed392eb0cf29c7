namespace EarlyExitGen.Generator.Emit;

/// <content>The methods that make a pipeline of a module.</content>
internal sealed partial class TorchPipelineEmitter
{
    private void WriteFreeze()
    {
        SourceFile.DocumentByReference(code, $"Compiles the network with its present weights into a {model.Type.DisplayName}.TorchPipeline.");
        code.Line(callsModule
            ? "/// <returns>A pipeline for one thread. Later training changes only its ordinary calls, which run the module itself.</returns>"
            : "/// <returns>A pipeline for one thread. Later training does not change it, until its Refreeze().</returns>");
        code.Line($"public TorchPipeline Freeze() => new TorchPipeline(this, new {types["FrozenWeights"]}(this));");
        code.Line();
        SourceFile.DocumentByReference(code, "Compiles the network as Freeze() does, for layers that compute in half precision on a GPU.");
        code.Line("/// <param name=\"precision\">BFloat16 or Float16 for a module on CUDA; Float32 for any.</param>");
        code.Line("/// <returns>A pipeline whose inputs and logits are float32 all the same.</returns>");
        code.Line("/// <exception cref=\"global::System.ArgumentOutOfRangeException\">It is another element type.</exception>");
        code.Line("/// <exception cref=\"global::System.InvalidOperationException\">It is a half precision, and the module is not on CUDA.</exception>");
        code.Line("public TorchPipeline Freeze(global::TorchSharp.torch.ScalarType precision) =>");
        code.Line($"    new TorchPipeline(this, new {types["FrozenWeights"]}(this, precision));");
    }
}
