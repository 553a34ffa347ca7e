using System.Numerics;
using Microsoft.Win32.SafeHandles;
using Rhm.Files;
using Rhm.Grammars;

namespace Rhm.Strings;

/// <summary>
/// Strings of a NumPy file: an array of shape [P, s^L] (.npy, or the array "tokens" or only array of an .npz). Read in pieces,
/// so memory does not grow with P; an archive is first unpacked to a temporary file that goes with the object.
/// </summary>
public sealed class StoredStrings : IStringSource, IDisposable
{
    private readonly FileStream _file;
    private readonly NumpyFile.Header _header;

    // Taken once: the property moves the file's position, which threads must not do at the same time.
    private readonly SafeFileHandle _handle;

    /// <summary>The largest vocabulary.</summary>
    internal const int MaxVocabulary = GrammarShape.MaxVocabulary;

    /// <summary>Opens a file and checks its header and size.</summary>
    /// <param name="path">The .npy or .npz file.</param>
    /// <param name="vocabulary">v: symbols must be 0..v-1; checked while they are read.</param>
    /// <exception cref="ArgumentException">The file cannot be read, is of another type, order or number of axes,
    /// or is truncated.</exception>
    public StoredStrings(string path, int vocabulary)
        : this(path, vocabulary, "tokens", 2)
    {
    }

    /// <summary>Opens another array: latents or labels.</summary>
    /// <param name="path">The .npy or .npz file.</param>
    /// <param name="vocabulary">As above.</param>
    /// <param name="array">Its name in an archive.</param>
    /// <param name="leastTokens">Symbols that a row has at least; with 1, an array of one axis has rows of one.</param>
    internal StoredStrings(string path, int vocabulary, string array, int leastTokens)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (vocabulary is < 2 or > GrammarShape.MaxVocabulary)
            throw new ArgumentException($"vocabulary v = {vocabulary} is outside 2..{GrammarShape.MaxVocabulary}");
        Vocabulary = vocabulary;
        Path = path;
        try
        {
            _file = path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase)
                ? NumpyArchive.Open(path, array)
                : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 4096);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"cannot read {path}: {FileFault.Reason(error)}", error);
        }
        try
        {
            if (!_file.CanSeek) throw new ArgumentException("it is a pipe; strings are read in any order, from a file");
            _header = NumpyFile.ReadHeader(_file);
            if (leastTokens == 1 && _header.Shape.Count == 1) _header = _header with { Shape = [_header.Shape[0], 1] };
            if (_header.Shape.Count != 2)
                throw new ArgumentException($"the array has {_header.Shape.Count} axes; strings need two, [P, tokens]");
            long needed = _header.DataOffset + _header.Bytes;
            if (_file.Length < needed)
                throw new ArgumentException($"the file is truncated: its shape needs {needed} bytes, it has {_file.Length}");
            if (_header.Shape[1] < leastTokens || _header.Shape[1] > 1 << 24)
                throw new ArgumentException($"strings of {_header.Shape[1]} tokens are outside {leastTokens}..2^24");
            if (_header.Shape[0] < 1) throw new ArgumentException("the array has no strings");
            _handle = _file.SafeFileHandle;
        }
        catch (ArgumentException error)
        {
            _file.Dispose();
            throw new ArgumentException($"{path}: {error.Message}", error);
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public long Count => _header.Shape[0];

    /// <inheritdoc/>
    public int TokenCount => (int)_header.Shape[1];

    /// <inheritdoc/>
    public int Vocabulary { get; }

    /// <inheritdoc/>
    public IStringReader OpenReader() => new Reader(this);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private sealed class Reader(StoredStrings strings) : IStringReader
    {
        /// <summary>Bytes read at once where several strings are.</summary>
        private const int Most = 1 << 24;

        private readonly int _stringBytes = checked(strings.TokenCount * strings._header.ItemSize);

        private byte[] _bytes = [];

        public void Read(long group, StringGroup destination)
        {
            ArgumentNullException.ThrowIfNull(destination);
            long first = group * StringGroup.Lanes;
            destination.Count = (int)Math.Min(StringGroup.Lanes, strings.Count - first);
            int step = Math.Clamp(Most / _stringBytes, 1, StringGroup.Lanes);
            if (_bytes.Length == 0) _bytes = new byte[step * _stringBytes];
            for (int lane = 0; lane < destination.Count; lane += step)
            {
                int count = Math.Min(step, destination.Count - lane);
                Span<byte> bytes = _bytes.AsSpan(0, count * _stringBytes);
                Fill(bytes, strings._header.DataOffset + (first + lane) * _stringBytes);
                if (strings.Vocabulary <= 256) Scatter(bytes, first, lane, count, destination.BytesToFill(0));
                else Scatter(bytes, first, lane, count, destination.Level(0));
            }
        }

        private void Fill(Span<byte> bytes, long offset)
        {
            for (int done = 0; done < bytes.Length;)
            {
                int read = RandomAccess.Read(strings._handle, bytes[done..], offset + done);
                if (read == 0) throw new ArgumentException($"{strings.Path}: the file was cut short while it was read");
                done += read;
            }
        }

        private void Scatter<T>(ReadOnlySpan<byte> bytes, long first, int from, int count, Span<T> planes)
            where T : unmanaged, IBinaryInteger<T>
        {
            int tokens = planes.Length / StringGroup.Lanes;
            string type = strings._header.Type;
            for (int lane = 0; lane < count; lane++)
            {
                for (int token = 0; token < tokens; token++)
                {
                    long symbol = NumpyFile.Element(bytes, lane * strings.TokenCount + token, type);
                    if ((ulong)symbol >= (ulong)strings.Vocabulary)
                    {
                        string found = type == "u8" ? $"{(ulong)symbol}" : $"{symbol}";
                        throw new ArgumentException($"{strings.Path}: string {first + from + lane}, token {token} is {found}, outside the "
                            + $"vocabulary 0..{strings.Vocabulary - 1}");
                    }
                    planes[token * StringGroup.Lanes + from + lane] = T.CreateTruncating(symbol);
                }
            }
        }

        public void Dispose()
        {
        }
    }
}
