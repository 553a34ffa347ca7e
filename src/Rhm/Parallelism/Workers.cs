using System.Runtime.InteropServices;

namespace Rhm.Parallelism;

/// <summary>
/// Runs parts of a kernel on a few waiting threads. Sharing out costs about a microsecond while the workers still spin, so that it pays
/// for tens of microseconds of work; a worker that nobody called for a while sleeps.
/// </summary>
/// <remarks>
/// The caller works too, and takes every part that no worker has started: a call is never much slower than doing all parts in turn.
/// A call that finds the workers busy (two threads call at once, or a part calls), or whose <see cref="ThreadShare"/> is closed, does its
/// parts in turn. Which thread does a part is
/// chance, so a part must write the same whoever does it.
/// </remarks>
internal static unsafe class Workers
{
    /// <summary>Spins before sleeping: about 100 microseconds.</summary>
    private const int Spins = 3000;

    /// <summary>Numbers read or written by a few microseconds of work.</summary>
    private const long SmallestShared = 20_000;

    private static readonly Lock Caller = new();
    private static readonly object Sleepers = new();
    private static int s_workers;
    private static int s_sleeping;

    // One job at a time. Ticket = (number of the job, parts not yet started); the other fields are read only by the holder of a part,
    // and the caller does not return before all holders are done.
    private static long s_ticket;
    private static int s_unfinished;
    private static delegate*<void*, int, int, void> s_work;
    private static void* s_state;
    private static int s_parts;

    /// <summary>Calls work(state, part, parts) for each part, 0..parts-1, on up to <paramref name="parts"/> threads, and waits.</summary>
    public static void Run(int parts, void* state, delegate*<void*, int, int, void> work)
    {
        if (parts == 1 || Caller.IsHeldByCurrentThread || !ThreadShare.MayUseOthers() || !Caller.TryEnter())
        {
            for (int part = 0; part < parts; part++) work(state, part, parts);
            return;
        }
        try
        {
            Hire(Math.Min(parts, Environment.ProcessorCount) - 1);
            s_work = work;
            s_state = state;
            s_parts = parts;
            s_unfinished = parts;
            Interlocked.Exchange(ref s_ticket, (((s_ticket >> 32) + 1) << 32) | (uint)parts);
            if (Volatile.Read(ref s_sleeping) > 0)
            {
                lock (Sleepers) Monitor.PulseAll(Sleepers);
            }
            while (DoOne()) { }
            var spin = new SpinWait();
            while (Volatile.Read(ref s_unfinished) > 0)
            {
                if (spin.Count < Spins) spin.SpinOnce(sleep1Threshold: -1);
                else Thread.Sleep(1);
            }
        }
        finally
        {
            Caller.Exit();
        }
    }

    /// <summary>Calls the same work for each part, on up to <paramref name="parts"/> threads, and waits; it must not throw.</summary>
    public static void Run(int parts, Action work)
    {
        GCHandle handle = GCHandle.Alloc(work);
        try
        {
            Run(parts, (void*)GCHandle.ToIntPtr(handle), &Call);
        }
        finally
        {
            handle.Free();
        }

        static void Call(void* work, int part, int parts) => ((Action)GCHandle.FromIntPtr((nint)work).Target!)();
    }

    /// <summary>
    /// Calls work(state, start, end) for ranges of 0..count-1 that begin at multiples of 16, one range for each thread; for one range
    /// if all is less than a few microseconds of work.
    /// </summary>
    /// <param name="count">Items.</param>
    /// <param name="cost">Of an item, in numbers read or written.</param>
    /// <param name="threads">At least 1.</param>
    /// <param name="state">Handed on.</param>
    /// <param name="work">Must write the same for an item whatever the range.</param>
    public static void RunRanges(int count, int cost, int threads, void* state, delegate*<void*, int, int, void> work)
    {
        if (threads < 1) throw new ArgumentOutOfRangeException(nameof(threads), $"number of threads {threads} must be at least 1");
        if (threads == 1 || !AreWorthSharing(count, cost))
        {
            work(state, 0, count);
            return;
        }
        var ranges = new Ranges { Count = count, State = state, Work = work };
        Run(threads, &ranges, &RunRange);
    }

    /// <summary>Whether so many items of that cost, in numbers read or written, are more than a few microseconds of work.</summary>
    public static bool AreWorthSharing(int count, int cost) => (long)count * cost >= SmallestShared;

    private static void RunRange(void* state, int part, int parts)
    {
        Ranges ranges = *(Ranges*)state;
        long blocks = (ranges.Count + 15) / 16;
        int start = (int)(blocks * part / parts) * 16, end = Math.Min(ranges.Count, (int)(blocks * (part + 1) / parts) * 16);
        if (start < end) ranges.Work(ranges.State, start, end);
    }

    private struct Ranges
    {
        public int Count;
        public void* State;
        public delegate*<void*, int, int, void> Work;
    }

    /// <summary>Does a part that nobody has started, if there is one.</summary>
    private static bool DoOne()
    {
        long ticket = Volatile.Read(ref s_ticket);
        while ((int)ticket > 0)
        {
            long seen = Interlocked.CompareExchange(ref s_ticket, ticket - 1, ticket);
            if (seen == ticket)
            {
                s_work(s_state, (int)ticket - 1, s_parts);
                Interlocked.Decrement(ref s_unfinished);
                return true;
            }
            ticket = seen;
        }
        return false;
    }

    private static void Hire(int workers)
    {
        for (; s_workers < workers; s_workers++) new Thread(Work) { IsBackground = true, Name = "Rhm kernel" }.Start();
    }

    private static void Work()
    {
        while (true)
        {
            int spins = 0;
            while (!DoOne())
            {
                if (spins++ < Spins)
                {
                    Thread.SpinWait(1);
                    continue;
                }
                lock (Sleepers)
                {
                    Interlocked.Increment(ref s_sleeping);
                    while ((int)Volatile.Read(ref s_ticket) == 0) Monitor.Wait(Sleepers);
                    s_sleeping--;
                }
                spins = 0;
            }
        }
    }
}
