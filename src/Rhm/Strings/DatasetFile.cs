using System.IO.Compression;
using System.Runtime.InteropServices;
using Rhm.Files;
using Rhm.Grammars;

namespace Rhm.Strings;

/// <summary>
/// Writes strings, and on request their derivations, as NumPy arrays of shape [P, nodes] in C order: uint8 when v is at most 256,
/// else uint16. Memory does not grow with P: every level is drawn anew from the seed and streamed. A target file is replaced only
/// once its successor is complete.
/// </summary>
public static class DatasetFile
{
    /// <summary>
    /// Writes tokens to <paramref name="path"/>. With latents, an archive (.npz) receives the arrays tokens, level1, .., levelL;
    /// beside a single array NAME.npy stand NAME.level1.npy, .., NAME.levelL.npy.
    /// </summary>
    /// <param name="strings">The strings.</param>
    /// <param name="path">Target, .npy or .npz.</param>
    /// <param name="withLatents">Whether to write levels 1..L too.</param>
    /// <param name="progress">Receives the fraction done.</param>
    /// <param name="cancellation">Stops between groups; nothing is left behind, and what stood there stays, all of it.</param>
    /// <returns>The files written.</returns>
    /// <exception cref="ArgumentException">The name ends otherwise, or the folder cannot be written;
    /// found before anything is drawn.</exception>
    public static IReadOnlyList<string> Write(StringSampler strings, string path, bool withLatents = false,
        IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(strings);
        ArgumentNullException.ThrowIfNull(path);
        int levels = withLatents ? strings.Grammar.Shape.Depth + 1 : 1;
        if (path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase))
        {
            OutputFile.Write(path, stream =>
            {
                using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
                for (int level = 0; level < levels; level++)
                {
                    ZipArchiveEntry entry = archive.CreateEntry((level == 0 ? "tokens" : $"level{level}") + ".npy",
                        CompressionLevel.Fastest);
                    entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                    using Stream target = entry.Open();
                    WriteLevel(strings, level, levels, target, progress, cancellation);
                }
            });
            return [path];
        }
        if (!path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException($"{path}: strings are written as .npy or .npz, the name must end so");
        string[] paths = [path, .. Enumerable.Range(1, levels - 1).Select(level => PathOf(path, level))];
        OutputFile.WriteAll([.. paths.Select((target, level) => (target, (Action<Stream>)(stream =>
            WriteLevel(strings, level, levels, stream, progress, cancellation))))]);
        return paths;
    }

    /// <summary>Where the latents of a level stand, beside the strings of a single array.</summary>
    internal static string PathOf(string path, int level) => Path.ChangeExtension(path, $".level{level}.npy");

    private static void WriteLevel(StringSampler strings, int level, int levels, Stream stream, IProgress<double>? progress,
        CancellationToken cancellation)
    {
        GrammarShape shape = strings.Grammar.Shape;
        var group = new StringGroup(level + 1, strings.TokenCount, shape.Branching);
        using IStringReader reader = strings.OpenReader();
        void Report(double fraction) => progress?.Report((level + fraction) / levels);
        if (Math.Max(shape.Vocabulary, shape.Classes) <= 256)
        {
            WriteGroups<byte>(stream, strings.Count, shape.NodeCount(level), g =>
            {
                reader.Read(g, group);
                return group.Bytes(level);
            }, Report, cancellation);
        }
        else
        {
            WriteGroups<ushort>(stream, strings.Count, shape.NodeCount(level), g =>
            {
                reader.Read(g, group);
                return group.Level(level);
            }, Report, cancellation);
        }
    }

    /// <summary>Writes an array [count, nodes] of uint8 or uint16 from groups of 64 strings in planar order.</summary>
    internal static void WriteGroups<T>(Stream stream, long count, int nodes, PlaneReader<T> plane, Action<double> progress,
        CancellationToken cancellation)
        where T : unmanaged
    {
        NumpyFile.WriteHeader(stream, typeof(T) == typeof(byte) ? "u1" : "u2", count, nodes);
        var rows = new T[StringGroup.Lanes * (nodes + 1)];
        long groups = (count + StringGroup.Lanes - 1) / StringGroup.Lanes;
        for (long g = 0; g < groups; g++)
        {
            cancellation.ThrowIfCancellationRequested();
            Lanewise.Transpose(plane(g), rows);
            int lanes = (int)Math.Min(StringGroup.Lanes, count - g * StringGroup.Lanes);
            stream.Write(MemoryMarshal.AsBytes(rows.AsSpan(0, lanes * nodes)));
            if (g % 256 == 0) progress((double)g / groups);
        }
        progress(1);
    }

    /// <summary>The symbols of one level of group g, 64 lanes per node.</summary>
    internal delegate ReadOnlySpan<T> PlaneReader<T>(long group) where T : unmanaged;
}
