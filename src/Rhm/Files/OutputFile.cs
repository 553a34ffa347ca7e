namespace Rhm.Files;

/// <summary>Output files that appear whole or not at all: written beside the target under another name, then renamed over it.</summary>
public static class OutputFile
{
    /// <summary>Writes a file; a file that stood there is kept until the new one is complete.</summary>
    /// <param name="path">Target.</param>
    /// <param name="write">Writes the contents.</param>
    /// <exception cref="ArgumentException">The target cannot be written; found before <paramref name="write"/> is called.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        RequireWritable(path);
        string partial = path + ".partial";
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16)) write(stream);
            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
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
    /// Holds a file that a long run writes again and again, so that no other run writes it at the same time: by a file beside it, .lock,
    /// which goes with the run; one that a killed run left is taken over.
    /// </summary>
    /// <param name="path">The file; null for none.</param>
    /// <returns>What ends it.</returns>
    /// <exception cref="ArgumentException">Another run holds it, or its folder cannot be written.</exception>
    public static IDisposable? Hold(string? path)
    {
        if (path is null) return null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException(
                $"cannot hold {path}.lock, perhaps because another run writes {path}: {FileFault.Reason(error)}", error);
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
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            string partial = full + ".partial";
            using (new FileStream(partial, FileMode.Create, FileAccess.Write)) { }
            File.Delete(partial);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ArgumentException($"cannot write {path}: {FileFault.Reason(error)}", error);
        }
    }
}
