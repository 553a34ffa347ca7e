using System.Globalization;
using Rhm.Learning;

namespace Rhm.Experiments.Measurements;

/// <summary>
/// Results on disk, one row a cell, appended the moment the cell is done: what makes a long experiment resumable. The first line
/// says whose results they are; a file of another experiment, seed, scale or version of the learner is refused and left alone. A last line without its
/// line end (an interrupted write) is dropped. Of two runs into one folder the second is refused.
/// </summary>
public sealed class CsvStore : IDisposable
{
    private readonly StreamWriter _writer;

    /// <summary>Opens or creates the file.</summary>
    /// <param name="path">The .csv file.</param>
    /// <param name="title">Identifies the experiment and, by <see cref="Versions"/>, the code; the first line, after "# ".</param>
    /// <param name="columns">The header line.</param>
    /// <exception cref="ArgumentException">The file cannot be written, or holds something else.</exception>
    public CsvStore(string path, string title, string columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        string head = $"# {title}\n{columns}\n";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            try
            {
                string text = new StreamReader(file, leaveOpen: true).ReadToEnd();
                if (text.Length > 0 && !text.StartsWith(head, StringComparison.Ordinal))
                    throw new ArgumentException($"{path} holds other results ({text.Split('\n')[0]}), not \"{title}\"; choose another folder");
                int end = text.LastIndexOf('\n') + 1;
                int width = columns.Split(',').Length;
                string[] lines = text.Length == 0 ? [] : text[head.Length..end].Split('\n', StringSplitOptions.RemoveEmptyEntries);
                Rows = [.. lines.Select((line, i) => line.Split(',') is { } row && row.Length == width && row.Skip(1).All(IsNumber)
                    ? row
                    : throw new ArgumentException($"{path}, line {i + 3} is damaged: {line}"))];
                file.SetLength(System.Text.Encoding.UTF8.GetByteCount(text.AsSpan(0, end)));
                file.Seek(0, SeekOrigin.End);
                _writer = new StreamWriter(file) { NewLine = "\n", AutoFlush = true };
                if (text.Length == 0) _writer.Write(head);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"cannot write {path}: {error.Message}", error);
        }
    }

    /// <summary>What a title says of the code that results depend on, so that results of another version are refused and not mixed.</summary>
    /// <param name="learners">The learners whose results are kept; those that rows name themselves, with their version, are left out.</param>
    public static string Versions(params ReadOnlySpan<Learner> learners)
    {
        var parts = new List<string>();
        foreach (Learner learner in learners) parts.Add($"learner {learner.Name} version {learner.Version}");
        return string.Join(", ", parts.Append($"model {LearningProblem.ModelVersion}"));
    }

    /// <summary>The rows found, column by column.</summary>
    public IReadOnlyList<string[]> Rows { get; }

    /// <summary>Adds a row.</summary>
    /// <param name="row">The values, separated by commas.</param>
    public void Append(string row) => _writer.WriteLine(row);

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private static bool IsNumber(string field) => double.TryParse(field, CultureInfo.InvariantCulture, out _);
}
