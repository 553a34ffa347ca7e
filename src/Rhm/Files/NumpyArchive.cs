using System.IO.Compression;

namespace Rhm.Files;

/// <summary>NumPy's archives (.npz): ZIP files of arrays, each unpacked to a temporary file that goes with its stream.</summary>
internal static class NumpyArchive
{
    /// <summary>What unpacks to more bytes, and to more than <see cref="MostRatio"/> times its size, is no set of strings.</summary>
    private const long MostUnchecked = 1L << 30;

    private const int MostRatio = 200;

    private static readonly uint[] s_crc = Table();

    /// <summary>Unpacks an array: the one of a name, or the only one.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="name">The array's name.</param>
    /// <returns>The array's file, at its start; it vanishes when it is closed, or when the process ends in whatever way.</returns>
    /// <exception cref="ArgumentException">It is no archive, has no such array, or that is damaged, encrypted or too large.</exception>
    public static FileStream Open(string path, string name)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(path);
            ZipArchiveEntry? entry = archive.GetEntry(name + ".npy") ?? (archive.Entries.Count == 1 ? archive.Entries[0] : null);
            if (entry is null)
            {
                throw new ArgumentException($"the archive {path} has no array \"{name}\"; it has "
                    + $"{string.Join(", ", archive.Entries.Take(20).Select(one => one.Name))}");
            }
            if (entry.IsEncrypted) throw new ArgumentException($"{path}: the array {entry.Name} is encrypted");
            return Unpack(path, entry);
        }
        catch (Exception error) when (error is InvalidDataException or NotSupportedException)
        {
            throw new ArgumentException($"{path} is not a ZIP archive, or it is damaged", error);
        }
    }

    /// <summary>The names of its arrays.</summary>
    /// <exception cref="ArgumentException">It cannot be read or is no archive.</exception>
    public static IReadOnlyList<string> Names(string path)
    {
        try
        {
            using ZipArchive archive = ZipFile.OpenRead(path);
            return [.. archive.Entries.Select(entry => Path.GetFileNameWithoutExtension(entry.Name))];
        }
        catch (Exception error) when (error is InvalidDataException or NotSupportedException)
        {
            throw new ArgumentException($"{path} is not a ZIP archive, or it is damaged", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"cannot read {path}: {FileFault.Reason(error)}", error);
        }
    }

    private static FileStream Unpack(string path, ZipArchiveEntry entry)
    {
        long length = entry.Length;
        string unpacked = $"{path}: the array {entry.Name} unpacks to {length} bytes";
        if (length > MostUnchecked && length / MostRatio > entry.CompressedLength)
            throw new ArgumentException($"{unpacked}, more than {MostRatio} times its size in the archive: save it as .npy");
        string folder = Path.GetTempPath();
        long free = new DriveInfo(folder).AvailableFreeSpace;
        if (length > free) throw new ArgumentException($"{unpacked}, but {folder} has room for {free}: save it as .npy");
        FileStream file = Temporary();
        try
        {
            using Stream source = entry.Open();
            var buffer = new byte[1 << 16];
            uint crc = uint.MaxValue;
            for (int count = source.Read(buffer); count > 0; count = source.Read(buffer))
            {
                if (file.Length + count > length) throw Damaged(path, entry, "it is longer than the archive says");
                foreach (byte value in buffer.AsSpan(0, count)) crc = s_crc[(byte)(crc ^ value)] ^ (crc >> 8);
                file.Write(buffer, 0, count);
            }
            file.Flush();
            if (file.Length != length) throw Damaged(path, entry, "it ends too early");
            if (~crc != entry.Crc32) throw Damaged(path, entry, "its checksum (CRC-32) is another one");
            file.Position = 0;
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static ArgumentException Damaged(string path, ZipArchiveEntry entry, string reason) =>
        new($"{path}: the array {entry.Name} is damaged: {reason}");

    /// <summary>A file without a name where the system allows it: nothing is left of it, however the process ends.</summary>
    private static FileStream Temporary()
    {
        string path = Path.GetTempFileName();
        var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows()) File.Delete(path);
        return file;
    }

    /// <summary>CRC-32 of each byte, polynomial 0xEDB88320 (ISO 3309, as ZIP has it).</summary>
    private static uint[] Table()
    {
        var table = new uint[256];
        for (uint n = 0; n < table.Length; n++)
        {
            uint c = n;
            for (int bit = 0; bit < 8; bit++) c = (c & 1) == 0 ? c >> 1 : 0xEDB88320 ^ (c >> 1);
            table[n] = c;
        }
        return table;
    }
}
