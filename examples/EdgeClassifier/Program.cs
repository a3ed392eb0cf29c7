using EarlyExitGen.Cpu.Weights;
using EdgeClassifier;
using FashionMnist;

const int success = 0;
const int failure = 1;
const int usage = 2;

if (args is not [string weights, string source])
{
    Console.Error.WriteLine("EdgeClassifier WEIGHTS FOLDER   classifies every *.pgm of a folder");
    Console.Error.WriteLine("EdgeClassifier WEIGHTS -        classifies raw frames of 28×28 bytes from standard input, until it ends");
    return usage;
}

try
{
    using FashionNet.CpuPipeline pipeline = FashionNet.CpuPipeline.Load(weights);
    Classifier classifier = new(pipeline, Console.Out);
    if (source == "-") RawFrames.ForEach(Console.OpenStandardInput(), classifier.Classify);
    else PgmFolder.ForEach(source, classifier.Classify);
    classifier.WriteSummary();
    return success;
}
catch (Exception exception) when (exception is IOException or InvalidDataException or InvalidOperationException or UnauthorizedAccessException)
{
    // WeightsFileException is an IOException.
    Console.Error.WriteLine(exception is WeightsFileException ? exception.Message : $"{source}: {exception.Message}");
    return failure;
}
