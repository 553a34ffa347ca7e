namespace Rhm.Networks.Training;

/// <summary>Tells strings apart: FNV-1a over tokens, 64 bits as 16 hexadecimal digits.</summary>
internal static class TokenHash
{
    /// <summary>The hash.</summary>
    public static string Of(ReadOnlySpan<ushort> tokens)
    {
        ulong hash = 14695981039346656037;
        foreach (ushort token in tokens) hash = (hash ^ token) * 1099511628211;
        return hash.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
    }
}
