using EarlyExitGen.TorchRuntime;
using FashionMnist.Commands;

// The first Ctrl+C asks the program to stop where nothing is half done; a second one ends it at once.
using CancellationTokenSource interrupt = new();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = !interrupt.IsCancellationRequested;
    interrupt.Cancel();
};

Console.OutputEncoding = System.Text.Encoding.UTF8;
try
{
    return CommandLine.Run(args, interrupt.Token);
}
catch (OperationCanceledException exception)
{
    Console.Error.WriteLine(exception.Message);
    return ExitCode.Interrupted;
}
catch (Exception exception) when (
    exception is IOException or InvalidDataException or UnauthorizedAccessException or LibTorchLoadException)
{
    Console.Error.WriteLine(exception.Message);
    return ExitCode.Failure;
}
