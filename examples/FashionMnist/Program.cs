using System.Runtime.InteropServices;
using EarlyExitGen.TorchRuntime;
using FashionMnist.Commands;

// The first Ctrl+C or SIGTERM asks the program to stop where nothing is half done; a second one ends it at once.
using CancellationTokenSource interrupt = new();
int interrupted = ExitCode.Interrupted;
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = !interrupt.IsCancellationRequested;
    interrupt.Cancel();
};
using PosixSignalRegistration termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = !interrupt.IsCancellationRequested;
    interrupted = ExitCode.Terminated;
    interrupt.Cancel();
});

Console.OutputEncoding = System.Text.Encoding.UTF8;
try
{
    return CommandLine.Run(args, interrupt.Token);
}
catch (OperationCanceledException exception)
{
    Console.Error.WriteLine(exception.Message);
    return interrupted;
}
catch (Exception exception) when (
    exception is IOException or InvalidDataException or UnauthorizedAccessException or LibTorchLoadException)
{
    Console.Error.WriteLine(exception.Message);
    return ExitCode.Failure;
}
