using System.Formats.Tar;

namespace Rhm.Files;

/// <summary>What stands at a path, as far as writing over it goes.</summary>
internal static class FileKind
{
    /// <summary>Why a path is no file to write over: a folder, a link, a device or a pipe; null for an ordinary file or nothing.</summary>
    public static string? NotOrdinary(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is string target) return $"it is a link to {target}; name the file itself";
        if (Directory.Exists(path)) return "it is a folder";
        // Devices and pipes have no length.
        if (!file.Exists || file.Length > 0 || OperatingSystem.IsWindows()) return null;
        bool isFile = TypeOf(path) is TarEntryType.RegularFile or TarEntryType.V7RegularFile;
        return isFile ? null : "it is a device, a pipe or a socket, no file";
    }

    /// <summary>Whether a path is a device, which has no end.</summary>
    public static bool IsDevice(string path)
    {
        if (OperatingSystem.IsWindows()) return false;
        var file = new FileInfo(path);
        return file.Exists && file.Length == 0 && TypeOf(Resolved(path)) is TarEntryType.CharacterDevice or TarEntryType.BlockDevice;
    }

    /// <summary>The path without links, so that two names of one file are the same.</summary>
    public static string Resolved(string path)
    {
        string full = Path.GetFullPath(path);
        string root = Path.GetPathRoot(full)!, resolved = root;
        foreach (string part in full[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            string next = Path.Combine(resolved, part);
            FileSystemInfo info = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
            resolved = info.LinkTarget is null ? next : info.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? next;
        }
        return resolved;
    }

    /// <summary>The type that the system gives an empty file, which the writer of archives asks for without opening it.</summary>
    private static TarEntryType? TypeOf(string path)
    {
        using var archive = new MemoryStream();
        try
        {
            using (var writer = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true)) writer.WriteEntry(path, "file");
            archive.Position = 0;
            using var reader = new TarReader(archive);
            return reader.GetNextEntry()?.EntryType;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
