using FashionMnist.Commands;

Console.OutputEncoding = System.Text.Encoding.UTF8;
try
{
    return CommandLine.Run(args);
}
catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(exception.Message);
    return ExitCode.Failure;
}
