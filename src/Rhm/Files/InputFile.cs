namespace Rhm.Files;

/// <summary>Files that are read as a whole, up to a size that such a file can have.</summary>
public static class InputFile
{
    /// <summary>The largest text: a quarter of 2^30 bytes.</summary>
    public const int MaxBytes = 1 << 28;

    /// <summary>The bytes of a file or of a pipe.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="most">Refused where it is larger.</param>
    /// <exception cref="ArgumentException">It cannot be read, is a device or too large; the message names it.</exception>
    public static byte[] ReadBytes(string path, int most = MaxBytes)
    {
        try
        {
            if (FileKind.IsDevice(path)) throw new ArgumentException($"cannot read {path}: it is a device, no file");
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
            using var contents = new MemoryStream();
            var buffer = new byte[1 << 16];
            for (int count = file.Read(buffer); count > 0; count = file.Read(buffer))
            {
                contents.Write(buffer, 0, count);
                if (contents.Length > most) throw new ArgumentException($"cannot read {path}: it has more than {most} bytes");
            }
            return contents.ToArray();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ArgumentException($"cannot read {path}: {FileFault.Reason(error)}", error);
        }
    }
}
