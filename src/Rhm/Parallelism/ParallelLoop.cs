using System.Runtime.ExceptionServices;

namespace Rhm.Parallelism;

/// <summary>
/// The two ways in which pieces of work are shared among threads. What a piece computes must not depend on which thread does it, and no
/// piece may wait for another:
/// where the threads are busy with another loop, or the loop runs within a piece of one, it runs on the caller's alone.
/// </summary>
/// <remarks>The kernels of Rhm.Numerics, whose pieces last microseconds, share theirs by <see cref="Workers"/> directly.</remarks>
internal static class ParallelLoop
{
    /// <summary>
    /// Many small pieces, in no order: neighbouring numbers meet one thread.
    /// A number should stand for some 10 microseconds of work or more.
    /// </summary>
    /// <param name="threads">Threads at most; less than 1 counts as 1.</param>
    /// <param name="count">Number of pieces.</param>
    /// <param name="work">
    /// Called once on each thread: makes what the thread needs, then does the numbers that it enumerates, whichever these are. Called at
    /// least once, also where there are no numbers.
    /// </param>
    /// <param name="cancellation">Stops before the next number.</param>
    /// <exception cref="OperationCanceledException">The work was cancelled.
    /// What else a thread throws first ends the loop and is rethrown.</exception>
    public static void Unordered(int threads, long count, Action<SharedNumbers> work, CancellationToken cancellation = default)
    {
        int workers = (int)Math.Clamp(count, 1, Math.Max(1, threads));
        var numbers = new SharedNumbers(count, workers, cancellation);
        if (workers == 1)
        {
            work(numbers);
            return;
        }
        ExceptionDispatchInfo? failure = null;
        Workers.Run(workers, () =>
        {
            try
            {
                work(numbers);
            }
            catch (Exception error)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(error), null);
                numbers.Stop();
            }
        });
        failure?.Throw();
    }

    /// <summary>
    /// Pieces that are begun in ascending order, each on the next free thread: for results that are stored by number, and for pieces of
    /// different sizes, the largest first. After a failure no piece is begun, and the failure of the lowest number is rethrown: it does not
    /// depend on the threads.
    /// </summary>
    /// <param name="threads">Threads at most; less than 1 counts as 1.</param>
    /// <param name="count">Number of pieces.</param>
    /// <param name="work">Does a piece.</param>
    /// <param name="cancellation">Stops before the next piece.</param>
    /// <exception cref="OperationCanceledException">The work was cancelled before all pieces were begun, or a piece was.</exception>
    public static void Ordered(int threads, int count, Action<int> work, CancellationToken cancellation = default)
    {
        int workers = Math.Min(threads, count);
        if (workers <= 1)
        {
            for (int number = 0; number < count; number++)
            {
                cancellation.ThrowIfCancellationRequested();
                work(number);
            }
            return;
        }
        var pieces = new Pieces(count, work, cancellation);
        Workers.Run(workers, pieces.Do);
        pieces.Failure?.Throw();
        if (pieces.AreLeft) cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>The pieces of an ordered loop.</summary>
    private sealed class Pieces(int count, Action<int> work, CancellationToken cancellation)
    {
        private int _next, _failed = int.MaxValue;
        private volatile bool _stopped;

        public ExceptionDispatchInfo? Failure { get; private set; }

        public bool AreLeft => _next < count;

        public void Do()
        {
            while (!_stopped && !cancellation.IsCancellationRequested)
            {
                int number = Interlocked.Increment(ref _next) - 1;
                if (number >= count) return;
                try
                {
                    work(number);
                }
                catch (Exception error)
                {
                    Fail(number, error);
                }
            }
        }

        private void Fail(int number, Exception error)
        {
            lock (work)
            {
                _stopped = true;
                if (number > _failed) return;
                (_failed, Failure) = (number, ExceptionDispatchInfo.Capture(error));
            }
        }
    }
}
