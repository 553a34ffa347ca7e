using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Rhm.Sweeps;

/// <summary>16 bytes that identify a cell.</summary>
/// <param name="High">The first eight.</param>
/// <param name="Low">The others.</param>
public readonly record struct CellKey(ulong High, ulong Low)
{
    /// <summary>The key of a canonical form.</summary>
    /// <param name="configuration">UTF-8.</param>
    public static CellKey Of(ReadOnlySpan<byte> configuration)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(configuration, hash);
        return FromBytes(hash);
    }

    /// <summary>The key that was stored.</summary>
    /// <param name="bytes">At least 16.</param>
    public static CellKey FromBytes(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    /// <summary>16 bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), Low);
        return bytes;
    }

    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => $"{High:x16}{Low:x16}";
}
