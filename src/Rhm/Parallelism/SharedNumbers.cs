namespace Rhm.Parallelism;

/// <summary>
/// The numbers 0..count-1, shared among threads: what a thread enumerates is its own range, from its beginning on, and what is left of the
/// others' when that is done; each number is handed out once. Neighbouring numbers thus meet one core, which matters where they stand for
/// neighbouring memory; and counters stand alone in their cache lines, because a line that several threads write, with all that stands in
/// it, travels from core to core: between cores without a common cache that takes as long as some hundred operations.
/// </summary>
internal sealed class SharedNumbers
{
    // 128 bytes, in 64-bit numbers: two lines, which are fetched together.
    private const int Apart = 16;

    private readonly long _count;
    private readonly int _ranges;
    private readonly long[] _next;
    private readonly CancellationToken _cancellation;
    private volatile bool _stopped;
    private int _threads;

    /// <summary>For so many numbers and threads.</summary>
    /// <param name="count">Of numbers.</param>
    /// <param name="threads">At least 1.</param>
    /// <param name="cancellation">Makes an enumeration throw before its next number.</param>
    public SharedNumbers(long count, int threads, CancellationToken cancellation = default)
    {
        (_count, _ranges, _cancellation) = (count, threads, cancellation);
        _next = new long[(threads + 2) * Apart];
        for (int range = 0; range < threads; range++) _next[(range + 1) * Apart] = First(range);
    }

    /// <summary>The numbers of one thread, until none is left.</summary>
    public Enumerator GetEnumerator() => new(this, (Interlocked.Increment(ref _threads) - 1) % _ranges);

    /// <summary>Ends every enumeration before its next number.</summary>
    public void Stop() => _stopped = true;

    private long First(int range) => _count / _ranges * range + Math.Min(range, _count % _ranges);

    /// <summary>Where a thread is.</summary>
    public struct Enumerator
    {
        private readonly SharedNumbers _numbers;
        private readonly int _own;
        private int _tried;

        internal Enumerator(SharedNumbers numbers, int own) => (_numbers, _own) = (numbers, own);

        /// <summary>The number handed out.</summary>
        public long Current { get; private set; }

        /// <summary>Goes on to the next number; false when none is left.</summary>
        /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
        public bool MoveNext()
        {
            _numbers._cancellation.ThrowIfCancellationRequested();
            for (; _tried < _numbers._ranges && !_numbers._stopped; _tried++)
            {
                int range = (_own + _tried) % _numbers._ranges;
                Current = Interlocked.Increment(ref _numbers._next[(range + 1) * Apart]) - 1;
                if (Current < _numbers.First(range + 1)) return true;
            }
            return false;
        }
    }
}
