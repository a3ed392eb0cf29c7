namespace EarlyExitGen.Generator.Diagnostics;

/// <summary>Where the page of a rule stands.</summary>
internal static class HelpLinks
{
    /// <summary>
    /// The address of <c>generator/docs/diagnostics/</c> in the published repository, with the last slash. Empty as long as the repository
    /// has no public home: an editor then searches for the id, where a guessed address would open an error page.
    /// </summary>
    private const string Home = "";

    /// <summary>What an editor opens for the rule; null when there is nothing to open.</summary>
    public static string? Of(string id) => Home.Length == 0 ? null : $"{Home}{id}.md";

    /// <summary>The page in the repository, which the rule's description names.</summary>
    public static string PageOf(string id) => $"generator/docs/diagnostics/{id}.md";
}
