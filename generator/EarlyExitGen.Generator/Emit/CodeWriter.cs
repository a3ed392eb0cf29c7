using System.Text;

namespace EarlyExitGen.Generator.Emit;

/// <summary>Writes indented source lines that end in <c>\n</c> on every machine.</summary>
internal sealed class CodeWriter
{
    private const string Indent = "    ";

    private readonly StringBuilder text = new();
    private int depth;

    public void Line(string line = "")
    {
        if (line.Length > 0)
        {
            for (int level = 0; level < depth; level++) text.Append(Indent);
            text.Append(line);
        }

        text.Append('\n');
    }

    public void Lines(IEnumerable<string> lines)
    {
        foreach (string line in lines) Line(line);
    }

    /// <summary>Writes an opening brace and indents until <see cref="Close"/>.</summary>
    public void Open(string? head = null)
    {
        if (head is not null) Line(head);
        Line("{");
        depth++;
    }

    public void Close(string end = "}")
    {
        depth--;
        Line(end);
    }

    /// <summary>Writes a case of a switch and indents until <see cref="CloseCase"/>.</summary>
    public void OpenCase(string value)
    {
        Line($"case {value}:");
        depth++;
    }

    public void CloseCase()
    {
        Line("break;");
        depth--;
    }

    public override string ToString() => text.ToString();
}
