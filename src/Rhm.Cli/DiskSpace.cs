namespace Rhm.Cli;

/// <summary>What room there is on disks.</summary>
internal static class DiskSpace
{
    /// <summary>Bytes that are free where a file or a folder is going to be; null where the system does not tell.</summary>
    /// <param name="path">The file or folder, which need not be there yet.</param>
    public static double? AvailableBytes(string path)
    {
        try
        {
            string? folder = Path.GetFullPath(path);
            while (folder is not null && !Directory.Exists(folder)) folder = Path.GetDirectoryName(folder);
            return folder is null ? null : new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
