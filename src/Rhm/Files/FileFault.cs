namespace Rhm.Files;

/// <summary>Why a file could not be read or written, in words of this project.</summary>
public static class FileFault
{
    /// <summary>The reason, as the second half of a sentence; the file's name is not in it.</summary>
    /// <param name="error">What the runtime threw.</param>
    public static string Reason(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error switch
        {
            FileNotFoundException => "there is no such file",
            DirectoryNotFoundException => "there is no such folder",
            PathTooLongException => "its name is too long",
            EndOfStreamException => "it ends too early",
            UnauthorizedAccessException => "permission is denied",
            // The number of the system's error on Unix, and of Windows after 0x8007.
            IOException => (error.HResult & 0xffff) switch
            {
                28 or 112 => "the disk is full",
                30 or 19 => "the disk may only be read",
                11 or 32 => "another process holds it",
                _ => error.Message.Split(" : '")[0],
            },
            _ => error.Message,
        };
    }
}
