namespace Rhm.Files;

/// <summary>Output files that appear whole or not at all: written beside the target under another name, then renamed over it.</summary>
/// <remarks>
/// The other name is .rhm-XXXXXXXXXXXX.partial, new for each file, and held as long as it is written: of two runs with the same output each
/// writes its own, and the last whole one stays. What a killed run leaves is removed by the next that writes into the folder.
/// </remarks>
public static class OutputFile
{
    private const string PartialPrefix = ".rhm-";
    private const string PartialEnding = ".partial";

    /// <summary>Between its making and its hold, and between its end and its renaming, a file is nobody's for a moment; some disks of
    /// networks know no holds.</summary>
    private static readonly TimeSpan s_abandoned = TimeSpan.FromHours(1);

    /// <summary>Writes a file; a file that stood there is kept until the new one is complete.</summary>
    /// <param name="path">Target.</param>
    /// <param name="write">Writes the contents.</param>
    /// <exception cref="ArgumentException">The target cannot be written; found before <paramref name="write"/> is called.</exception>
    public static void Write(string path, Action<Stream> write) => WriteAll([(path, write)]);

    /// <summary>Writes files that belong together: all of them, or none where one cannot be written or the work is interrupted.</summary>
    /// <param name="files">Targets, and what writes the contents of each; in this order.</param>
    /// <exception cref="ArgumentException">A target cannot be written; found before anything is.</exception>
    public static void WriteAll(IReadOnlyList<(string Path, Action<Stream> Write)> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        foreach ((string path, _) in files) RequireWritable(path);
        var partial = new List<FileStream>();
        try
        {
            foreach ((string path, Action<Stream> write) in files)
            {
                string folder = FolderOf(path);
                RemoveAbandoned(folder);
                string name = Path.Combine(folder, NewPartial());
                partial.Add(new FileStream(name, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16));
                write(partial[^1]);
                partial[^1].Flush();
            }
            foreach (FileStream stream in partial) stream.Dispose();
            for (int i = 0; i < files.Count; i++) File.Move(partial[i].Name, files[i].Path, overwrite: true);
        }
        catch
        {
            foreach (FileStream stream in partial) Discard(stream);
            throw;
        }
    }

    /// <summary>Makes sure, before any work, that files can be written,
    /// and that none is written over another or over what is read.</summary>
    /// <param name="outputs">Targets; null for none.</param>
    /// <param name="inputs">Files that are read; null for none.</param>
    /// <exception cref="ArgumentException">They cannot; the message says why.</exception>
    public static void RequireWritable(IEnumerable<string?> outputs, params IEnumerable<string?> inputs)
    {
        string[] targets = [.. outputs.OfType<string>()];
        RequireSeparate(targets, inputs);
        foreach (string target in targets) RequireWritable(target);
    }

    /// <summary>Makes sure, without touching them, that no file is written over another or over what is read; links are followed.</summary>
    /// <param name="outputs">Targets; null for none.</param>
    /// <param name="inputs">Files that are read; null for none.</param>
    /// <exception cref="ArgumentException">One would be; the message names it.</exception>
    public static void RequireSeparate(IEnumerable<string?> outputs, IEnumerable<string?> inputs)
    {
        var taken = inputs.OfType<string>().Select(FileKind.Resolved).ToHashSet();
        foreach (string output in outputs.OfType<string>())
        {
            if (!taken.Add(FileKind.Resolved(output)))
                throw new ArgumentException($"{output} would be written over: it is read, or written, under another option");
        }
    }

    /// <summary>
    /// Holds a file that a long run writes again and again, so that no other run writes it at the same time: by a file beside it,
    /// .rhm-lock, which goes with the run; one that a killed run left is taken over.
    /// </summary>
    /// <param name="path">The file; null for none.</param>
    /// <returns>What ends it.</returns>
    /// <exception cref="ArgumentException">Another run holds it, or its folder cannot be written.</exception>
    public static IDisposable? Hold(string? path)
    {
        if (path is null) return null;
        string held = $"{path}.rhm-lock";
        try
        {
            Directory.CreateDirectory(FolderOf(path));
            return new FileStream(held, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException(
                $"cannot hold {held}, perhaps because another run writes {path}: {FileFault.Reason(error)}", error);
        }
    }

    /// <summary>Makes sure, before any work, that a file can be written; makes its folder where that is missing.</summary>
    /// <param name="path">Target.</param>
    /// <exception cref="ArgumentException">It cannot; the message says why.</exception>
    public static void RequireWritable(string path)
    {
        try
        {
            string full = Path.GetFullPath(path);
            if (FileKind.NotOrdinary(full) is string reason) throw new ArgumentException($"cannot write {path}: {reason}");
            string folder = FolderOf(full);
            Directory.CreateDirectory(folder);
            string partial = Path.Combine(folder, NewPartial());
            using (new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose)) { }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ArgumentException($"cannot write {path}: {FileFault.Reason(error)}", error);
        }
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))
        ?? throw new ArgumentException($"cannot write {path}: it is a folder");

    private static string NewPartial() => $"{PartialPrefix}{Guid.NewGuid().ToString("N")[..12]}{PartialEnding}";

    private static void Discard(FileStream stream)
    {
        try
        {
            stream.Dispose();
        }
        catch (IOException)
        {
            // On a full disk what was not written yet is not written now either; what filled it has been told.
        }
        File.Delete(stream.Name);
    }

    private static void RemoveAbandoned(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, $"{PartialPrefix}*{PartialEnding}"))
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(path) < s_abandoned) continue;
            try
            {
                // Who writes it holds it.
                using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None, 1);
                File.Delete(path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Another run's.
            }
        }
    }
}
