using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Rhm.Files;

/// <summary>
/// float32 arrays with names, and texts with names, in the safetensors format (github.com/huggingface/safetensors): 8 bytes length N of
/// the header (little endian), N bytes of JSON, then the arrays one after the other. PyTorch, NumPy and JAX read and write it.
/// </summary>
public static class SafetensorsFile
{
    private const int MaxHeader = 100_000_000;

    /// <summary>Writes a file, which appears whole or not at all.</summary>
    /// <param name="path">Target.</param>
    /// <param name="arrays">Arrays by name.</param>
    /// <param name="metadata">Texts by name.</param>
    /// <exception cref="ArgumentException">The target cannot be written, or an array has another length than its axes say.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, SafetensorsArray> arrays,
        IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(arrays);
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            json.WritePropertyName("__metadata__");
            JsonSerializer.Serialize(json, metadata);
            long offset = 0;
            foreach ((string name, SafetensorsArray array) in arrays)
            {
                if (array.Shape.Aggregate(1L, (a, b) => a * b) != array.Values.Length)
                    throw new ArgumentException($"array {name} has {array.Values.Length} numbers, not {string.Join(" x ", array.Shape)}");
                json.WriteStartObject(name);
                json.WriteString("dtype", "F32");
                json.WriteStartArray("shape");
                foreach (long axis in array.Shape) json.WriteNumberValue(axis);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += 4L * array.Values.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        // The data starts at a multiple of 8 bytes; the header may end with spaces.
        while (header.Length % 8 != 0) header.WriteByte((byte)' ');
        OutputFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            header.WriteTo(stream);
            foreach (SafetensorsArray array in arrays.Values)
            {
                if (BitConverter.IsLittleEndian)
                {
                    stream.Write(MemoryMarshal.AsBytes(array.Values.AsSpan()));
                    continue;
                }
                foreach (float value in array.Values)
                {
                    BinaryPrimitives.WriteSingleLittleEndian(length, value);
                    stream.Write(length[..4]);
                }
            }
        });
    }

    /// <summary>Reads a file of float32 arrays.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">It cannot be read, is damaged, or holds other types; the message says where.</exception>
    public static (Dictionary<string, SafetensorsArray> Arrays, Dictionary<string, string> Metadata) Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            return Read(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"cannot read {path}: {FileFault.Reason(error)}", error);
        }
        catch (Exception error) when (error is ArgumentException || JsonText.Fault(error) is not null)
        {
            string reason = JsonText.Fault(error) ?? error.Message;
            throw new ArgumentException($"{path} is not a safetensors file of float32 arrays: {reason}", error);
        }
    }

    private static (Dictionary<string, SafetensorsArray> Arrays, Dictionary<string, string> Metadata) Read(FileStream file)
    {
        if (file.Length < 8) throw new ArgumentException($"{file.Length} bytes are too few for a header");
        byte[] start = new byte[8];
        file.ReadExactly(start);
        long length = BinaryPrimitives.ReadInt64LittleEndian(start);
        if (length is < 2 or > MaxHeader || 8 + length > file.Length)
            throw new ArgumentException($"a header of {length} bytes does not fit in a file of {file.Length}");
        byte[] text = new byte[length];
        file.ReadExactly(text);
        using JsonDocument header = JsonDocument.Parse(text);
        var metadata = new Dictionary<string, string>();
        var entries = new List<(string Name, long[] Shape, long Count, long Start, long End)>();
        foreach (JsonProperty entry in header.RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__")
            {
                foreach (JsonProperty one in entry.Value.EnumerateObject()) metadata[one.Name] = one.Value.GetString() ?? "";
                continue;
            }
            string? type = entry.Value.GetProperty("dtype").GetString();
            if (type != "F32") throw new ArgumentException($"array {entry.Name} is of type {type}; only F32 is read");
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(axis => axis.GetInt64())];
            long[] offsets = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
            if (offsets.Length != 2) throw new ArgumentException($"array {entry.Name} has {offsets.Length} offsets, not two");
            entries.Add((entry.Name, shape, shape.Aggregate(1L, (a, b) => checked(a * b)), offsets[0], offsets[1]));
        }
        var arrays = new Dictionary<string, SafetensorsArray>();
        long size = file.Length - file.Position, end = 0;
        foreach ((string name, long[] shape, long count, long first, long last)
            in entries.OrderBy(entry => entry.Start).ThenBy(entry => entry.End))
        {
            if (count is < 0 or > int.MaxValue / 4 || first != end || last - first != 4 * count || last > size)
                throw new ArgumentException($"array {name} of {string.Join(" x ", shape)} numbers does not lie in the {size} bytes of "
                    + "data, right after the one before");
            end = last;
            var values = new float[count];
            file.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
            if (!BitConverter.IsLittleEndian)
            {
                Span<int> bits = MemoryMarshal.Cast<float, int>(values.AsSpan());
                BinaryPrimitives.ReverseEndianness(bits, bits);
            }
            arrays[name] = new SafetensorsArray(shape, values);
        }
        return end == size ? (arrays, metadata)
            : throw new ArgumentException($"{size - end} of the {size} bytes of data belong to no array");
    }
}
