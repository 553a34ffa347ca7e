using System.Runtime.InteropServices;
using System.Text;

namespace Rhm.Native;

/// <summary>The border that no exception crosses: every exported function runs its work here.</summary>
internal static unsafe class Boundary
{
    [ThreadStatic]
    private static string? s_error;

    /// <summary>Does the work; what it throws becomes a status and the calling thread's last error.</summary>
    public static int Run(Action work)
    {
        try
        {
            work();
            s_error = null;
            return (int)Status.Success;
        }
        catch (Exception error)
        {
            Exception first = error is AggregateException many ? many.Flatten().InnerExceptions[0] : error;
            s_error = first.Message.ReplaceLineEndings(" ");
            return (int)(first switch
            {
                ArgumentException or IOException or UnauthorizedAccessException => Status.BadInput,
                OutOfMemoryException => Status.OutOfMemory,
                _ => Status.Fault,
            });
        }
    }

    /// <summary>Copies the calling thread's last error as UTF-8, cut off where there is no room, and ends it with a zero.</summary>
    /// <returns>Bytes of the whole sentence, without the zero.</returns>
    public static int LastError(byte* text, long capacity) => Copy(s_error ?? "", text, capacity);

    /// <summary>Copies a text as UTF-8, ended by a zero.</summary>
    /// <returns>Bytes of the whole text, without the zero.</returns>
    public static int Copy(string value, byte* text, long capacity)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        if (text is not null && capacity > 0)
        {
            int length = (int)Math.Min(bytes.Length, capacity - 1);
            Marshal.Copy(bytes, 0, (nint)text, length);
            text[length] = 0;
        }
        return bytes.Length;
    }

    /// <summary>A text of the caller.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static string Text(byte* text, string name) =>
        text is null ? throw new ArgumentException($"{name} is missing") : Marshal.PtrToStringUTF8((nint)text)!;

    /// <summary>Memory of the caller of a size that must be exact, so that nothing beyond it is read or written.</summary>
    /// <exception cref="ArgumentException">There is none, or it has another size.</exception>
    public static Span<T> Memory<T>(void* memory, long capacity, long needed, string name) where T : unmanaged
    {
        Require(memory, capacity, needed, name);
        if (needed > int.MaxValue) throw new ArgumentException($"{name} needs {needed} numbers: at most {int.MaxValue} at a time");
        return new Span<T>(memory, (int)needed);
    }

    /// <summary>Checks memory of the caller.</summary>
    /// <exception cref="ArgumentException">There is none, or it has another size.</exception>
    public static void Require(void* memory, long capacity, long needed, string name)
    {
        if (capacity != needed) throw new ArgumentException($"{name} has room for {capacity} numbers, it needs {needed}");
        if (memory is null && needed > 0) throw new ArgumentException($"{name} is missing");
    }

    /// <summary>A number of threads.</summary>
    /// <exception cref="ArgumentException">It is out of range.</exception>
    public static int Threads(int threads) =>
        threads is >= 1 and <= 1024 ? threads : throw new ArgumentException($"number of threads {threads} is outside 1..1024");
}
