//HintName: Fixed.g.cs
internal static class Fixed;
