using System.Text;

namespace Rhm.Cli;

/// <summary>
/// Standard output and error that may be closed, or whose disk may be full: work and what it stores do not end because nobody can read
/// what is said. That the output is not whole is told at the end.
/// </summary>
internal sealed class StandardStreams : IDisposable
{
    private readonly Guarded _output;
    private readonly Guarded _error;

    /// <summary>Puts them in the place of the console's.</summary>
    public StandardStreams(Func<Stream> output, Func<Stream> error)
    {
        (_output, _error) = (new Guarded(output), new Guarded(error));
        Console.SetOut(Writer(_output));
        Console.SetError(Writer(_error));
    }

    /// <summary>What became of the output, where it could not be written.</summary>
    public string? Broken => _output.Broken ? "standard output could not be written: it is closed, or its disk is full" : null;

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    private static StreamWriter Writer(Stream stream) => new(stream, new UTF8Encoding(false), 1024, leaveOpen: true) { AutoFlush = true };

    /// <summary>A stream that takes note of faults and goes on.</summary>
    private sealed class Guarded : Stream
    {
        private readonly Stream _inner = Null;

        public Guarded(Func<Stream> open)
        {
            try
            {
                _inner = open();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Broken = true;
            }
        }

        public bool Broken { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count)
        {
            try
            {
                _inner.Write(buffer, offset, count);
                _inner.Flush();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Broken = true;
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) _inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
