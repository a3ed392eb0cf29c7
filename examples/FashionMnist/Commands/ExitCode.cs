namespace FashionMnist.Commands;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>All went well.</summary>
    public const int Success = 0;

    /// <summary>A file or folder is missing, damaged or something else than it should be.</summary>
    public const int Failure = 1;

    /// <summary>The command line can't be understood.</summary>
    public const int Usage = 2;

    /// <summary>Ended by Ctrl+C, as shells number it.</summary>
    public const int Interrupted = 130;

    /// <summary>Ended by SIGTERM, as shells number it.</summary>
    public const int Terminated = 143;
}
