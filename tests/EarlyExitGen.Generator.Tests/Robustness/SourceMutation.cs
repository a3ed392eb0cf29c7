using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace EarlyExitGen.Generator.Tests.Robustness;

/// <summary>Breaks a source in the ways in which people and half-finished edits do.</summary>
internal sealed class SourceMutation(Random random)
{
    private static readonly string[] Identifiers =
    [
        "@class", "@event", "größe", "сеть", "网络", "_", "__", "@record", "value", "field", "Tensor", "Sequential",
        "Plan", "Freeze", "Network",
        "Entropy", "System", "EarlyExitGen", "TorchSharp", "stem\\u0061", "x\\u200Dy", "network", "features", "head", "weights", "policy",
    ];

    private static readonly string[] Fragments =
    [
        "static", "abstract", "readonly", "const", "partial", "file", "record", "struct", "interface", "ref", "out",
        "params", "unsafe", "required",
        "new", "override", "virtual", "extern", "async", "volatile", "<T>", "[]", "?", "!", "(", ")", "{", "}", ";",
        ",", "=>", "=", ":", "null",
        "default", "typeof(int)", "1e999", "-1", "0", "9223372036854775807", "2147483648", "\"text\"", "'c'",
        "\"\\0\"", "$\"{1}\"", "await", "this",
        "base", "dynamic", "nint", "Tensor", "Linear", "int", "string", "Module<Tensor, Tensor>", "torch.nn.Module",
        "Stage", "Exit", "[Stage]",
        "[Exit]", "[Exit(Criterion.Margin, 0.5)]", "[Exit<int>(1)]", "[EarlyExitNetwork]",
        "[EarlyExitNetwork(Classes = 3)]", "#if X", "#endif",
        "#nullable disable", "/*", "*/", "//", "where T : class", "namespace N", "using System;", "\u2028", "\u0000",
    ];

    private static readonly string[] Members =
    [
        "[Stage] private Tensor Loop(Tensor x) => Loop(x);",
        "[Stage] private Sequential Self => Self;",
        "[Stage] public required Sequential Later { get; init; }",
        "[Exit] public partial Tensor Part(Tensor x);",
        "[Stage] private Tensor One(in Tensor x) => x;",
        "[Stage] private T Any<T>(T x) => x;",
        "[Stage] public Tensor this[Tensor x] => x;",
        "[Exit(Criterion.Entropy, double.NaN)] private Sequential? maybe = null;",
        "[Stage] private static readonly Sequential shared = Sequential();",
        "[Stage] private readonly Linear a = Linear(1, 1), b = Linear(1, 1);",
        "private sealed class Tensor { }",
        "public int Plan;",
        "public Net(int x) { stem = null!; }",
        "static Net() { }",
        "[Stage] private readonly Sequential cyclic = Sequential(cyclic);",
        "public override Tensor forward(Tensor input) => input;",
    ];

    /// <summary>The sources after one to four mutations.</summary>
    public string[] Apply(string source)
    {
        string text = source;
        for (int count = random.Next(1, 5); count > 0; count--) text = Mutate(text);
        return random.Next(12) == 0 ? Split(text) : [text];
    }

    private string Mutate(string text) => random.Next(14) switch
    {
        0 or 1 => EditToken(text, _ => ""),
        2 => EditToken(text, token => $"{token} {token}"),
        3 or 4 => EditToken(text, _ => Pick(Fragments)),
        5 => EditToken(text, token => $"{token} {Pick(Fragments)}"),
        6 => Rename(text),
        7 => SwapTokens(text),
        8 => RemoveLine(text),
        9 => DuplicateLine(text),
        10 => InsertMember(text, Pick(Members)),
        11 => InsertMember(text, Huge()),
        12 => Wrap(text),
        _ => text[..random.Next(text.Length + 1)],
    };

    private string EditToken(string text, Func<string, string> edit)
    {
        SyntaxToken[] tokens = Tokens(text);
        if (tokens.Length == 0) return text;
        SyntaxToken token = Pick(tokens);
        return text[..token.SpanStart] + edit(token.Text) + text[token.Span.End..];
    }

    private string SwapTokens(string text)
    {
        SyntaxToken[] tokens = Tokens(text);
        if (tokens.Length < 2) return text;
        int first = random.Next(tokens.Length - 1);
        int second = random.Next(first + 1, tokens.Length);
        return text[..tokens[first].SpanStart]
            + tokens[second].Text
            + text[tokens[first].Span.End..tokens[second].SpanStart]
            + tokens[first].Text
            + text[tokens[second].Span.End..];
    }

    private string Rename(string text)
    {
        SyntaxToken[] identifiers = [.. Tokens(text).Where(token => token.IsKind(SyntaxKind.IdentifierToken))];
        return identifiers.Length == 0 ? text : text.Replace(Pick(identifiers).Text, Pick(Identifiers), StringComparison.Ordinal);
    }

    private string RemoveLine(string text)
    {
        List<string> lines = [.. text.Split('\n')];
        lines.RemoveAt(random.Next(lines.Count));
        return string.Join('\n', lines);
    }

    private string DuplicateLine(string text)
    {
        List<string> lines = [.. text.Split('\n')];
        lines.Insert(random.Next(lines.Count), Pick(lines));
        return string.Join('\n', lines);
    }

    private static string InsertMember(string text, string member)
    {
        int end = text.LastIndexOf('}');
        return end < 0 ? text + member : $"{text[..end]}    {member}\n{text[end..]}";
    }

    private string Huge()
    {
        StringBuilder layers = new();
        int count = random.Next(1, 120);
        bool nested = random.Next(2) == 0;
        for (int layer = 0; layer < count; layer++) layers.Append(nested ? "Sequential(" : layer == 0 ? "ReLU()" : ", ReLU()");
        if (nested) layers.Append("ReLU()").Append(')', count);
        string name = random.Next(1000).ToString(CultureInfo.InvariantCulture);
        return $"[Stage] private readonly Sequential huge{name} = Sequential({layers});";
    }

    private string Wrap(string text) => random.Next(6) switch
    {
        0 => $"namespace Äußere.@namespace.@class\n{{\n{text}\n}}",
        1 => $"public partial class Outer<T>\n{{\n{text}\n}}",
        2 => $"public partial interface IOuter\n{{\n{text}\n}}",
        3 => $"public class NotPartial\n{{\n{text}\n}}",
        4 => $"file partial class Local\n{{\n{text}\n}}",
        _ => $"namespace First\n{{\n{text}\n}}\nnamespace Second\n{{\n{text}\n}}",
    };

    // A part of the class goes to another file.
    private static string[] Split(string text) =>
        [text, "[EarlyExitNetwork(Classes = 4)] public partial class Net { [Exit] private readonly Linear elsewhere = Linear(4, 4); }"];

    private static SyntaxToken[] Tokens(string text) =>
        [.. CSharpSyntaxTree.ParseText(text).GetRoot().DescendantTokens().Where(token => token.Span.Length > 0)];

    private T Pick<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];
}
