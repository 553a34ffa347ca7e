using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rhm.Files;

namespace Rhm.Sweeps;

/// <summary>
/// What one task of a cluster wrote: a text file to which lines are only ever appended, each with its checksum: a cell that is begun, an
/// outcome. A task that dies leaves at most an incomplete last line; a task that starts again starts another file.
/// </summary>
public sealed class Shard : IDisposable
{
    /// <summary>Ending of the files.</summary>
    public const string Extension = ".shard";

    private const int ChecksumDigits = 16;

    private readonly FileStream _file;

    /// <summary>Starts a file.</summary>
    /// <param name="path">Its name; it does not exist.</param>
    public Shard(string path) => _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);

    /// <summary>Appends an outcome in one write.</summary>
    /// <param name="outcome">The outcome.</param>
    public void Append(CellOutcome outcome) => Append(JsonSerializer.Serialize(outcome));

    /// <summary>Writes down that a cell is being run.</summary>
    /// <param name="key">The cell.</param>
    public void Begin(CellKey key) => Append(JsonSerializer.Serialize(new Start(key)));

    private void Append(string text) => _file.Write(Encoding.UTF8.GetBytes($"{Checksum(text)} {text}\n"));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Something wrong with a line.</summary>
    /// <param name="Path">The file.</param>
    /// <param name="Line">From 1.</param>
    /// <param name="Incomplete">The last line without its end: a task was killed, or is still writing.</param>
    public sealed record Problem(string Path, int Line, bool Incomplete)
    {
        /// <summary>One sentence.</summary>
        public override string ToString() => Incomplete
            ? $"{Path}, line {Line}: the line is incomplete, its task was killed or is writing it"
            : $"{Path}, line {Line}: the line is damaged (its checksum or a value is another one) and was left out; its cell is run again";
    }

    private sealed record Start(CellKey Begun);

    /// <summary>Where reading stopped: behind the last complete line.</summary>
    /// <param name="Offset">Bytes read.</param>
    /// <param name="Lines">Lines read.</param>
    /// <param name="Open">Cells that were begun and have no outcome yet.</param>
    public sealed record Position(long Offset, int Lines, IReadOnlySet<CellKey> Open)
    {
        /// <summary>The beginning of a file.</summary>
        public static Position Beginning { get; } = new(0, 0, new HashSet<CellKey>());
    }

    /// <summary>Reads what was added to a file.</summary>
    /// <param name="path">The file; a task may be appending to it.</param>
    /// <param name="from">Where to go on.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <returns>The outcomes, and where reading stopped.</returns>
    public static (IReadOnlyList<CellOutcome> Outcomes, Position End) Read(string path, Position from, ICollection<Problem> problems)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(problems);
        var outcomes = new List<CellOutcome>();
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Seek(from.Offset, SeekOrigin.Begin);
        var pending = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        (long offset, int lines) = (from.Offset, from.Lines);
        HashSet<CellKey> open = [.. from.Open];
        for (int count = file.Read(buffer); count > 0; count = file.Read(buffer))
        {
            ReadOnlySpan<byte> rest = buffer.AsSpan(0, count);
            for (int end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
            {
                pending.Write(rest[..end]);
                rest = rest[(end + 1)..];
                lines++;
                offset += pending.Length + 1;
                switch (Parse(pending.GetBuffer().AsSpan(0, (int)pending.Length)))
                {
                    case CellOutcome outcome:
                        outcomes.Add(outcome);
                        open.Remove(outcome.Key);
                        break;
                    case Start start:
                        open.Add(start.Begun);
                        break;
                    default:
                        problems.Add(new Problem(path, lines, false));
                        break;
                }
                pending.SetLength(0);
            }
            pending.Write(rest);
        }
        if (pending.Length > 0) problems.Add(new Problem(path, lines + 1, true));
        return (outcomes, new Position(offset, lines, open));
    }

    private static object? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            string text = new UTF8Encoding(false, true).GetString(line);
            if (text.Length <= ChecksumDigits + 1 || text[..ChecksumDigits] != Checksum(text[(ChecksumDigits + 1)..])) return null;
            string record = text[(ChecksumDigits + 1)..];
            if (record.StartsWith("{\"Begun\":", StringComparison.Ordinal)) return JsonSerializer.Deserialize<Start>(record);
            CellOutcome? outcome = JsonSerializer.Deserialize<CellOutcome>(record);
            bool sound = outcome is { Configuration: not null, Code: not null, Host: not null, Finished: not null, Processor: not null }
                && outcome.Key == CellKey.Of(Encoding.UTF8.GetBytes(outcome.Configuration));
            return sound ? outcome : null;
        }
        catch (Exception error) when (error is ArgumentException || JsonText.Fault(error) is not null)
        {
            return null;
        }
    }

    private static string Checksum(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..ChecksumDigits];
}
