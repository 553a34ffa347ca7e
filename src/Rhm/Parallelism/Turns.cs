namespace Rhm.Parallelism;

/// <summary>
/// Hands the numbers 0..count-1 out to threads, each number once: to each thread a range of its own, from its beginning on, and what is left of
/// the others' when that is done. Neighbouring numbers thus meet one core, which matters where they stand for neighbouring memory; and
/// counters stand alone in their cache lines, because a line that several threads write, with all that stands in it, travels from core to core:
/// between cores without a common cache that takes as long as some hundred operations.
/// </summary>
internal sealed class Turns
{
    // 128 bytes, in 64-bit numbers: two lines, which are fetched together.
    private const int Apart = 16;

    private readonly long _count;
    private readonly int _ranges;
    private readonly long[] _next;
    private int _threads;

    /// <summary>For so many numbers and threads.</summary>
    /// <param name="count">Of numbers.</param>
    /// <param name="threads">At least 1.</param>
    public Turns(long count, int threads)
    {
        (_count, _ranges) = (count, threads);
        _next = new long[(threads + 2) * Apart];
        for (int range = 0; range < threads; range++) _next[(range + 1) * Apart] = First(range);
    }

    /// <summary>All numbers of a thread, until none is left.</summary>
    public Turn Take() => new(this, (Interlocked.Increment(ref _threads) - 1) % _ranges);

    private long First(int range) => _count / _ranges * range + Math.Min(range, _count % _ranges);

    /// <summary>Where a thread is: <c>while (turn.Next())</c> do number <c>turn.Number</c>.</summary>
    public struct Turn
    {
        private readonly Turns _turns;
        private readonly int _own;
        private int _tried;

        internal Turn(Turns turns, int own) => (_turns, _own) = (turns, own);

        /// <summary>The number to do.</summary>
        public long Number { get; private set; }

        /// <summary>Goes on to the next number; false when none is left.</summary>
        public bool Next()
        {
            for (; _tried < _turns._ranges; _tried++)
            {
                int range = (_own + _tried) % _turns._ranges;
                Number = Interlocked.Increment(ref _turns._next[(range + 1) * Apart]) - 1;
                if (Number < _turns.First(range + 1)) return true;
            }
            return false;
        }
    }
}
