using System.Globalization;
using EarlyExitGen.Generator.Model;
using Microsoft.CodeAnalysis;

namespace EarlyExitGen.Generator.Parse;

/// <summary>Reads from a network's attribute what its exits give and how their answers combine, and says which value makes no sense.</summary>
internal static class AnswerReader
{
    public static AnswerModel Read(AttributeData network)
    {
        TypedConstant weights = Named(network, nameof(AnswerModel.EnsembleWeights));
        return new AnswerModel(
            Number(network, nameof(AnswerModel.Output)) switch
            {
                (int)NetworkOutput.MultiLabel => NetworkOutput.MultiLabel,
                (int)NetworkOutput.Regression => NetworkOutput.Regression,
                _ => NetworkOutput.Classification,
            },
            weights.Kind == TypedConstantKind.Array && !weights.IsNull
                ? new EquatableArray<float>([.. weights.Values.Select(item => item.Value is double weight ? (float)weight : float.NaN)])
                : [],
            Named(network, nameof(AnswerModel.AgreementTolerance)).Value is double tolerance ? (float)tolerance : 0,
            Number(network, nameof(AnswerModel.Fallback)) == (int)Fallback.MostConfident ? Fallback.MostConfident : Fallback.LastExit);
    }

    /// <summary>The properties that do not fit, with their value and what was expected, in words.</summary>
    public static IEnumerable<(string Property, string Value, string Expected)> Misfits(AnswerModel answers, int exits)
    {
        if (answers.EnsembleWeights.Count > 0)
        {
            bool valid = answers.EnsembleWeights.Count == exits && answers.EnsembleWeights.All(weight => weight > 0 && !float.IsInfinity(weight));
            string weights = $"[{string.Join(", ", answers.EnsembleWeights.Select(weight => weight.ToString(CultureInfo.InvariantCulture)))}]";
            if (answers.Output != NetworkOutput.Classification || !valid)
            {
                yield return (
                    nameof(AnswerModel.EnsembleWeights),
                    weights,
                    answers.Output == NetworkOutput.Classification
                        ? $"one finite weight above 0 for each of its {exits.ToString(CultureInfo.InvariantCulture)} exits"
                        : "none, since only probabilities of classes have a geometric mean");
            }
        }

        if (!(answers.AgreementTolerance >= 0) || (answers.AgreementTolerance > 0 && answers.Output != NetworkOutput.Regression))
        {
            yield return (
                nameof(AnswerModel.AgreementTolerance),
                answers.AgreementTolerance.ToString(CultureInfo.InvariantCulture),
                answers.Output == NetworkOutput.Regression ? "a number of at least 0" : "0, since classes and labels agree when they are the same");
        }

        if (answers is { Fallback: Fallback.MostConfident, Output: NetworkOutput.Regression })
        {
            yield return (
                nameof(AnswerModel.Fallback), "Fallback.MostConfident", "Fallback.LastExit, since a quantity does not say how sure it is");
        }
    }

    private static int Number(AttributeData attribute, string name) => Named(attribute, name).Value is int number ? number : 0;

    private static TypedConstant Named(AttributeData attribute, string name) =>
        attribute.NamedArguments.FirstOrDefault(argument => argument.Key == name).Value;
}
