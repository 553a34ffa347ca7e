namespace Rhm.Report.Pages;

/// <summary>A file of the ledger, with an anchor for each line.</summary>
internal static class SourcePage
{
    /// <summary>Address of the page, from the report's folder.</summary>
    public static string Address(string file) => $"source/{Path.GetFileName(file)}.html";

    /// <summary>The page.</summary>
    /// <param name="file">Path of the file from the root of the repository.</param>
    public static string Of(string file)
    {
        using Stream stream = typeof(SourcePage).Assembly.GetManifestResourceStream($"source/{Path.GetFileName(file)}")!;
        using var reader = new StreamReader(stream);
        string lines = string.Concat(reader.ReadToEnd().Split('\n').Select(Line));
        return Html.Page(file, "../", $"""
            <h1>{Html.Escape(file)}</h1>
            <pre class="source" tabindex="0"><code>{lines}</code></pre>
            """);
    }

    private static string Line(string text, int index) =>
        $"<span class=\"line\" id=\"L{index + 1}\"><a href=\"#L{index + 1}\">{index + 1}</a>{Html.Escape(text)}\n</span>";
}
