using System.Buffers.Binary;
using System.Text;

namespace EarlyExitGen.Cpu.Tests.Weights;

/// <summary>One random act of damage to a weights file.</summary>
internal static class FileMutation
{
    private static readonly string[] Hostile =
    [
        "-1", "1e9", "9223372036854775807", "18446744073709551616", "[[[[[[[[[[", "{\"a\":", "\"\\ud800\"", "null", "0,0,0,0",
        "\"F64\"", "\"shape\"", "\"dtype\"", "\"weight\"", "\"__metadata__\"", " ", "\0", "}}",
    ];

    public static byte[] Mutate(byte[] original, Random random)
    {
        List<byte> bytes = [.. original];
        for (int times = random.Next(1, 4); times > 0 && bytes.Count > 0; times--) MutateOnce(bytes, random);
        return [.. bytes];
    }

    private static void MutateOnce(List<byte> bytes, Random random)
    {
        int at = random.Next(bytes.Count);
        int length = Math.Min(random.Next(1, 32), bytes.Count - at);
        switch (random.Next(8))
        {
            case 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 1:
                bytes.RemoveRange(at, length);
                break;
            case 2:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 3:
                bytes[at] = (byte)random.Next(256);
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length + 1), length));
                break;
            case 5:
                bytes.AddRange(new byte[length]);
                break;
            case 6 when bytes.Count >= 8:
                Span<byte> prefix = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(prefix, random.NextInt64() >> random.Next(64));
                for (int index = 0; index < prefix.Length; index++) bytes[index] = prefix[index];
                break;
            default:
                Replace(bytes, at, Encoding.UTF8.GetBytes(Hostile[random.Next(Hostile.Length)]));
                break;
        }
    }

    private static void Replace(List<byte> bytes, int at, byte[] with)
    {
        for (int index = 0; index < with.Length && at + index < bytes.Count; index++) bytes[at + index] = with[index];
    }
}
