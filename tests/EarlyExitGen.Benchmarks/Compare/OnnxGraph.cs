using System.Runtime.InteropServices;
using System.Text;

namespace EarlyExitGen.Benchmarks.Compare;

/// <summary>Writes an ONNX model: the few protocol buffer messages that it takes. Operator set 17.</summary>
internal sealed class OnnxGraph
{
    private const int Float = 1;
    private const int Int64 = 7;
    private const int OperatorSet = 17;
    private const int FormatVersion = 8;
    private const int IntegerAttribute = 2;
    private const int IntegersAttribute = 7;

    private readonly List<byte> nodes = [];
    private readonly List<byte> tensors = [];
    private readonly List<byte> inputs = [];
    private readonly List<byte> outputs = [];
    private int values;

    /// <summary>Declares an input.</summary>
    public void Input(string name, params long[] shape) => inputs.AddRange(Message(11, Value(name, shape)));

    /// <summary>Declares an output.</summary>
    public void Output(string name, params long[] shape) => outputs.AddRange(Message(12, Value(name, shape)));

    /// <summary>Adds a constant tensor.</summary>
    public string Constant(long[] shape, ReadOnlySpan<float> elements) => Constant(shape, Float, MemoryMarshal.AsBytes(elements));

    /// <summary>Adds a constant vector, such as the shape that an operation takes.</summary>
    public string Constant(params ReadOnlySpan<long> elements) => Constant([elements.Length], Int64, MemoryMarshal.AsBytes(elements));

    private string Constant(long[] shape, int type, ReadOnlySpan<byte> elements)
    {
        string name = $"w{values++}";
        byte[] tensor =
        [
            .. shape.SelectMany(dimension => Integer(1, dimension)), .. Integer(2, type), .. Text(8, name),
            .. Message(9, elements),
        ];
        tensors.AddRange(Message(5, tensor));
        return name;
    }

    /// <summary>Adds an operation with integer attributes.</summary>
    /// <param name="output">The name of its result; a new one when null.</param>
    /// <returns>The name of its result.</returns>
    public string Node(string operation, string[] inputs, string? output = null, params (string Name, long[] Values)[] attributes)
    {
        output ??= $"v{values++}";
        byte[] node =
        [
            .. inputs.SelectMany(input => Text(1, input)), .. Text(2, output), .. Text(4, operation),
            .. attributes.SelectMany(attribute => Message(5, Attribute(attribute.Name, attribute.Values))),
        ];
        nodes.AddRange(Message(1, node));
        return output;
    }

    /// <summary>The whole model.</summary>
    public byte[] ToModel()
    {
        byte[] graph = [.. nodes, .. Text(2, "network"), .. tensors, .. inputs, .. outputs];
        byte[] operators = [.. Text(1, ""), .. Integer(2, OperatorSet)];
        return [.. Integer(1, FormatVersion), .. Message(8, operators), .. Message(7, graph)];
    }

    // A single integer is marked by a name that takes one.
    private static byte[] Attribute(string name, long[] values) => name is "group" or "axis" or "keepdims" or "transB" or "ceil_mode"
        ? [.. Text(1, name), .. Integer(3, values[0]), .. Integer(20, IntegerAttribute)]
        : [.. Text(1, name), .. values.SelectMany(value => Integer(8, value)), .. Integer(20, IntegersAttribute)];

    private static byte[] Value(string name, long[] shape)
    {
        byte[] dimensions = [.. shape.SelectMany(dimension => Message(1, Integer(1, dimension)))];
        byte[] tensor = [.. Integer(1, Float), .. Message(2, dimensions)];
        return [.. Text(1, name), .. Message(2, Message(1, tensor))];
    }

    private static byte[] Text(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Message(int field, ReadOnlySpan<byte> content) =>
        [.. Varint(((ulong)field << 3) | 2), .. Varint((ulong)content.Length), .. content];

    private static byte[] Integer(int field, long value) => [.. Varint((ulong)field << 3), .. Varint((ulong)value)];

    private static List<byte> Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value > 127; value >>= 7) bytes.Add((byte)(value | 128));
        bytes.Add((byte)value);
        return bytes;
    }
}
