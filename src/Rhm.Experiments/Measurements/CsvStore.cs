using System.Text;
using Rhm.Files;
using Rhm.Learning;

namespace Rhm.Experiments.Measurements;

/// <summary>
/// Results on disk, one row a cell, appended the moment the cell is done: what makes a long experiment resumable. The first line
/// says whose results they are; a file of another experiment, seed, scale or version of the learner is refused and left alone. A last line
/// without its line end (an interrupted write) is dropped. Of two runs into one folder the second is refused.
/// </summary>
/// <typeparam name="T">The rows.</typeparam>
internal sealed class CsvStore<T> : IDisposable
{
    private readonly CsvFormat<T> _format;
    private readonly StreamWriter _writer;

    /// <summary>Opens or creates the file.</summary>
    /// <param name="path">The .csv file.</param>
    /// <param name="title">Identifies the experiment and, by <see cref="CsvStore.Versions"/>, the code; the first line, after "# ".</param>
    /// <param name="format">The columns.</param>
    /// <exception cref="ArgumentException">The file cannot be written, or holds something else.</exception>
    public CsvStore(string path, string title, CsvFormat<T> format)
    {
        ArgumentNullException.ThrowIfNull(format);
        _format = format;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            try
            {
                string text = Text(file, out long whole);
                Rows = text.Length == 0 ? [] : Read(path, text, title, format);
                file.SetLength(whole);
                file.Seek(0, SeekOrigin.End);
                _writer = new StreamWriter(file) { NewLine = "\n", AutoFlush = true };
                if (text.Length == 0) _writer.Write($"# {title}\n{format.Header}\n");
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"cannot write {path}: {FileFault.Reason(error)}", error);
        }
    }

    /// <summary>The rows found.</summary>
    public IReadOnlyList<T> Rows { get; }

    /// <summary>Adds a row.</summary>
    public void Append(T row) => _writer.WriteLine(_format.Line(row));

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    /// <summary>The text, without a byte-order mark, and how many bytes its whole lines take with one.</summary>
    private static string Text(FileStream file, out long whole)
    {
        using var contents = new MemoryStream();
        file.CopyTo(contents);
        ReadOnlySpan<byte> bytes = contents.GetBuffer().AsSpan(0, (int)contents.Length);
        whole = bytes.LastIndexOf((byte)'\n') + 1;
        int mark = bytes.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        return Encoding.UTF8.GetString(bytes[mark..]);
    }

    private static IReadOnlyList<T> Read(string path, string text, string title, CsvFormat<T> format)
    {
        string head = $"# {title}\n{format.Header}\n";
        if (!text.StartsWith(head, StringComparison.Ordinal))
            throw new ArgumentException($"{path} holds other results ({text.Split('\n')[0]}), not \"{title}\"; choose another folder");
        string[] lines = text[head.Length..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return format.Read(format.Header, lines, i => new ArgumentException($"{path}, line {i + 3} is damaged: {lines[i]}"));
    }
}

/// <summary>What all files of results have.</summary>
internal static class CsvStore
{
    /// <summary>
    /// What a title says of the code that results depend on, so that results of another version are refused and not mixed.
    /// </summary>
    /// <param name="learners">The learners whose results are kept; those that rows name themselves, with their version, are left
    /// out.</param>
    public static string Versions(params ReadOnlySpan<Learner> learners)
    {
        var parts = new List<string>();
        foreach (Learner learner in learners) parts.Add($"learner {learner.Name} version {learner.Version}");
        return string.Join(", ", parts.Append($"model {LearningProblem.ModelVersion}"));
    }
}
