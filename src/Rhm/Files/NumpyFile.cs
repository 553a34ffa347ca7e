using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Rhm.Files;

/// <summary>
/// NumPy's array files, format 1.0 to 3.0, C order, little-endian, integers of 8 to 64 bits (numpy.lib.format).
/// Archives (.npz) are ZIP files of such arrays.
/// </summary>
public static partial class NumpyFile
{
    private static readonly byte[] Magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>The header of an array: its type ("u1", "i4", "f8", ..), its shape, and where its data starts.</summary>
    /// <param name="Type">Type letter and bytes.</param>
    /// <param name="Shape">Length of each axis.</param>
    /// <param name="DataOffset">Bytes before the data.</param>
    public sealed record Header(string Type, IReadOnlyList<long> Shape, int DataOffset)
    {
        /// <summary>Bytes per element.</summary>
        public int ItemSize => Type[1] - '0';

        /// <summary>Bytes of the data.</summary>
        public long Bytes => checked(Count * ItemSize);

        /// <summary>Number of elements.</summary>
        public long Count => Shape.Aggregate(1L, (product, axis) => checked(product * axis));
    }

    /// <summary>Writes the header of an array; the data must follow in C order.</summary>
    /// <param name="stream">Target.</param>
    /// <param name="type">"u1", "u2", "i4" or "i8".</param>
    /// <param name="shape">Length of each axis.</param>
    public static void WriteHeader(Stream stream, string type, params ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(stream);
        string descr = type == "u1" ? "|u1" : "<" + type;
        string axes = string.Join(", ", shape.ToArray()) + (shape.Length == 1 ? "," : "");
        string header = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({axes}), }}");
        int unpadded = Magic.Length + 4 + header.Length + 1;
        header = header.PadRight(header.Length + (64 - unpadded % 64) % 64) + "\n";
        stream.Write(Magic);
        stream.Write([1, 0, (byte)header.Length, (byte)(header.Length >> 8)]);
        stream.Write(Encoding.ASCII.GetBytes(header));
    }

    /// <summary>Reads and checks the header of an array.</summary>
    /// <param name="stream">Positioned at the start of the array.</param>
    /// <exception cref="ArgumentException">Not such an array, or one of another type or order; the message says which.</exception>
    public static Header ReadHeader(Stream stream) =>
        ReadHeaderOf(stream, "integers of 8 to 64 bits, little-endian", "numpy.uint16", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8");

    private static Header ReadHeaderOf(Stream stream, string supported, string another, params ReadOnlySpan<string> kinds)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var start = new byte[8];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.AsSpan(0, 6).SequenceEqual(Magic))
            throw new ArgumentException("not a NumPy array file: the first bytes are not \\x93NUMPY; numpy.save writes one");
        int major = start[6];
        if (major is < 1 or > 3) throw new ArgumentException($"NumPy format {major}.{start[7]} is not supported: 1.0 to 3.0 are");
        var lengthBytes = new byte[major == 1 ? 2 : 4];
        if (stream.ReadAtLeast(lengthBytes, lengthBytes.Length, throwOnEndOfStream: false) < lengthBytes.Length) throw Truncated();
        long length = major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(lengthBytes)
            : BinaryPrimitives.ReadUInt32LittleEndian(lengthBytes);
        if (length > 1 << 20) throw new ArgumentException($"a header of {length} bytes is no NumPy header");
        var text = new byte[length];
        if (stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) < text.Length) throw Truncated();
        string header = Encoding.Latin1.GetString(text);

        Match descr = DescrPattern().Match(header), order = OrderPattern().Match(header), shape = ShapePattern().Match(header);
        if (!descr.Success || !order.Success || !shape.Success)
            throw new ArgumentException("the NumPy header has no 'descr', 'fortran_order' and 'shape'");
        string type = descr.Groups[1].Value;
        string kind = type.TrimStart('<', '|', '=');
        if (!kinds.Contains(kind))
        {
            throw new ArgumentException($"element type '{type}' is not supported: {supported}, are; "
                + $"numpy.save(file, x.astype({another})) writes such an array");
        }
        if (order.Groups[1].Value == "True")
            throw new ArgumentException("the array is in Fortran order; save it in C order (numpy.ascontiguousarray)");
        try
        {
            long[] axes = [.. shape.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(axis => long.Parse(axis, CultureInfo.InvariantCulture))];
            var result = new Header(kind, axes, start.Length + lengthBytes.Length + text.Length);
            _ = checked(result.Bytes + result.DataOffset);
            return result;
        }
        catch (Exception error) when (error is OverflowException or FormatException)
        {
            throw new ArgumentException($"the shape ({shape.Groups[1].Value}) is not a size that a file can have", error);
        }
    }

    private static ArgumentException Truncated() => new("the file ends inside its header");

    /// <summary>Writes a small integer array with any number of axes.</summary>
    /// <typeparam name="T">byte, ushort, int or long.</typeparam>
    /// <param name="stream">Target.</param>
    /// <param name="data">The elements in C order.</param>
    /// <param name="shape">Length of each axis; their product is the length of the data.</param>
    public static void Write<T>(Stream stream, ReadOnlySpan<T> data, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        long product = 1;
        foreach (long axis in shape) product = checked(product * axis);
        if (product != data.Length)
            throw new ArgumentException($"an array of {data.Length} elements cannot have the shape ({string.Join(", ", shape.ToArray())})");
        WriteHeader(stream, TypeOf<T>(), shape);
        stream.Write(MemoryMarshal.AsBytes(data));
    }

    /// <summary>NumPy's name of a type: "u1", "u2", "i4" or "i8".</summary>
    /// <typeparam name="T">byte, ushort, int or long.</typeparam>
    /// <exception cref="ArgumentException">Another type.</exception>
    public static string TypeOf<T>() where T : unmanaged =>
        typeof(T) == typeof(byte) ? "u1" : typeof(T) == typeof(ushort) ? "u2" : typeof(T) == typeof(int) ? "i4"
            : typeof(T) == typeof(long) ? "i8"
        : throw new ArgumentException($"{typeof(T).Name} arrays are not supported");

    /// <summary>Reads a whole array as 64-bit integers, with its shape.</summary>
    /// <param name="stream">Positioned at the start of the array.</param>
    /// <exception cref="ArgumentException">As <see cref="ReadHeader"/>, or the data are cut short or too large for one array.</exception>
    public static (long[] Data, IReadOnlyList<long> Shape) Read(Stream stream)
    {
        Header header = ReadHeader(stream);
        byte[] bytes = ReadData(stream, header);
        var data = new long[header.Count];
        for (int i = 0; i < data.Length; i++) data[i] = Element(bytes, i, header.Type);
        return (data, header.Shape);
    }

    private static byte[] ReadData(Stream stream, Header header)
    {
        if (header.Count > Array.MaxLength / 8) throw new ArgumentException($"{header.Count} elements are too many to read at once");
        long needed = header.Count * header.ItemSize, there = stream.CanSeek ? stream.Length - stream.Position : needed;
        if (there < needed) throw new ArgumentException($"the file is truncated: its shape needs {needed} bytes of data, it has {there}");
        var bytes = new byte[needed];
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (read < bytes.Length)
            throw new ArgumentException($"the file is truncated: its shape needs {bytes.Length} bytes of data, it has {read}");
        return bytes;
    }

    /// <summary>Reads a whole array of float32 or float64 as float32, with its shape.</summary>
    /// <param name="stream">Positioned at the start of the array.</param>
    /// <exception cref="ArgumentException">As <see cref="Read"/>, for floating-point types.</exception>
    public static (float[] Data, IReadOnlyList<long> Shape) ReadFloats(Stream stream)
    {
        Header header = ReadHeaderOf(stream, "float32 and float64, little-endian", "numpy.float32", "f4", "f8");
        byte[] bytes = ReadData(stream, header);
        float[] data = header.ItemSize == 4
            ? MemoryMarshal.Cast<byte, float>(bytes).ToArray()
            : Array.ConvertAll(MemoryMarshal.Cast<byte, double>(bytes).ToArray(), value => (float)value);
        return (data, header.Shape);
    }

    /// <summary>One element of raw little-endian data; one beyond 2^63 is negative.</summary>
    internal static long Element(ReadOnlySpan<byte> data, int index, string type) => (type[0] == 'i', type[1]) switch
    {
        (false, '1') => data[index],
        (true, '1') => (sbyte)data[index],
        (false, '2') => BinaryPrimitives.ReadUInt16LittleEndian(data[(2 * index)..]),
        (true, '2') => BinaryPrimitives.ReadInt16LittleEndian(data[(2 * index)..]),
        (false, '4') => BinaryPrimitives.ReadUInt32LittleEndian(data[(4 * index)..]),
        (true, '4') => BinaryPrimitives.ReadInt32LittleEndian(data[(4 * index)..]),
        _ => BinaryPrimitives.ReadInt64LittleEndian(data[(8 * index)..]),
    };

    [GeneratedRegex(@"[""']descr[""']\s*:\s*[""']([^""']*)[""']")]
    private static partial Regex DescrPattern();

    [GeneratedRegex(@"[""']fortran_order[""']\s*:\s*(True|False)")]
    private static partial Regex OrderPattern();

    [GeneratedRegex(@"[""']shape[""']\s*:\s*\(([0-9, ]*)\)")]
    private static partial Regex ShapePattern();
}
