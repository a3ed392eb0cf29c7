using System.Reflection;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Tests;

public sealed class GeneratorHarnessTests
{
    [Fact]
    public void Sources_compile_against_TorchSharp_and_EarlyExitGen_and_run()
    {
        GeneratorRun run = GeneratorHarness.Run(
            new FixedSource("""
                internal static partial class Sum
                {
                    internal static partial float Of() => TorchSharp.torch.ones(2, 3).sum().item<float>();
                }
                """),
            GeneratorHarness.Prelude,
            """
            internal static partial class Sum
            {
                internal static partial float Of();
                public static Type Base => typeof(EarlyExitModule);
            }
            """);

        using LoadedAssembly loaded = GeneratorHarness.CompileAndLoad(run);

        MethodInfo method = loaded.Assembly.GetType("Sum")!.GetMethod("Of", BindingFlags.Static | BindingFlags.NonPublic)!;
        Assert.Equal(6f, method.Invoke(null, null));
    }

    [Theory]
    [InlineData("internal static class Bad { internal static void M() { int unused; } }", "CS0168")]
    [InlineData("#nullable enable\ninternal static class Bad { internal static string M() => null; }", "CS8603")]
    [InlineData("public static class Bad;", "CS1591")]
    [InlineData("internal static class Bad { internal static Missing M() => null; }", "CS0246")]
    public void Generated_code_with_a_warning_is_refused(string generated, string id)
    {
        GeneratorRun run = GeneratorHarness.Run(new FixedSource(generated), "public class Undocumented;");

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => GeneratorHarness.CompileAndLoad(run));

        Assert.Contains(id, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Undocumented", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generator_that_throws_fails_the_run()
    {
        InvalidOperationException exception =
            Assert.Throws<InvalidOperationException>(() => GeneratorHarness.Run(new Throwing(), "public class Any;"));

        Assert.Equal("on purpose", exception.InnerException!.Message);
    }

    [Fact]
    public Task Driver_is_verified_by_hint_name() =>
        VerifyXunit.Verifier.Verify(GeneratorHarness.Run(new FixedSource("internal static class Fixed;"), "public class Any;").Driver);

    private sealed class FixedSource(string source) : IIncrementalGenerator
    {
        public void Initialize(IncrementalGeneratorInitializationContext context) =>
            context.RegisterPostInitializationOutput(output => output.AddSource("Fixed.g.cs", source));
    }

    private sealed class Throwing : IIncrementalGenerator
    {
        public void Initialize(IncrementalGeneratorInitializationContext context) =>
            context.RegisterSourceOutput(
                context.CompilationProvider, (_, _) => throw new NotSupportedException("on purpose"));
    }
}
