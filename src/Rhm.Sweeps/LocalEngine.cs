using Rhm.Parallelism;

namespace Rhm.Sweeps;

/// <summary>
/// Runs cells on the cores of this machine, as many at a time as threads and memory allow. A cell that may be the last one, because it
/// takes longer than all that wait when it begins, has every thread as soon as nothing runs beside it.
/// </summary>
public static class LocalEngine
{
    /// <summary>Runs cells and hands over each outcome as it comes.</summary>
    /// <param name="cells">The cells in the order in which they are begun, where memory allows; each fits in memory alone.</param>
    /// <param name="suspects">How many of the last ones run alone: one of them may take this process with it, and who runs beside it would
    /// be blamed as well.</param>
    /// <param name="threads">Threads in all.</param>
    /// <param name="cellThreads">Threads of each cell.</param>
    /// <param name="memoryBytes">What the cells that run together may need, by their estimates.</param>
    /// <param name="begun">Receives each cell before it is run.</param>
    /// <param name="finished">Receives the outcomes. Neither is called while the other or itself is; what they throw stops
    /// everything.</param>
    /// <param name="cancellation">Abandons the cells that run.</param>
    /// <exception cref="OperationCanceledException">It was stopped; every outcome so far was handed over.</exception>
    public static void Run(IReadOnlyList<Cell> cells, int suspects, int threads, int cellThreads, double memoryBytes,
        Action<Cell> begun, Action<CellOutcome> finished, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(cells);
        ArgumentNullException.ThrowIfNull(begun);
        ArgumentNullException.ThrowIfNull(finished);
        if (threads < 1 || cellThreads < 1)
            throw new ArgumentException($"{threads} threads and {cellThreads} for a cell must be at least 1");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var runner = new CellRunner(cellThreads);
        double Bytes(Cell cell, int number) =>
            number < cells.Count - suspects ? cell.MemoryBytes : Math.Max(2 * memoryBytes, cell.MemoryBytes);
        var waiting = new LinkedList<(Cell Cell, double Bytes)>(cells.Select((cell, i) => (cell, Bytes(cell, i))));
        object turn = new(), delivery = new();
        double free = memoryBytes;
        var running = new List<ThreadShare>();
        double secondsWaiting = cells.Sum(cell => cell.Seconds);
        Exception? failure = null;

        void Work()
        {
            while (Next() is { } next)
            {
                try
                {
                    lock (delivery) begun(next.Cell);
                    CellOutcome outcome = runner.Run(next.Cell, next.Threads, next.Share, stop.Token);
                    lock (delivery)
                    {
                        if (failure is null) finished(outcome);
                    }
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                }
                catch (Exception error)
                {
                    lock (turn) failure ??= error;
                    stop.Cancel();
                }
                lock (turn)
                {
                    free += next.Bytes;
                    running.Remove(next.Share);
                    Open();
                    Monitor.PulseAll(turn);
                }
            }
        }

        // Where cells have several threads of their own, they keep these.
        void Open()
        {
            foreach (ThreadShare share in running) share.IsOpen = cellThreads > 1 || running.Count == 1;
        }

        // The first cell that fits beside those that run; one that is larger than all memory runs alone.
        (Cell Cell, double Bytes, int Threads, ThreadShare Share)? Next()
        {
            lock (turn)
            {
                while (!stop.IsCancellationRequested && waiting.Count > 0)
                {
                    for (LinkedListNode<(Cell Cell, double Bytes)>? node = waiting.First; node is not null; node = node.Next)
                    {
                        if (node.Value.Bytes > free && running.Count > 0) continue;
                        waiting.Remove(node);
                        free -= node.Value.Bytes;
                        secondsWaiting -= node.Value.Cell.Seconds;
                        Cell chosen = node.Value.Cell;
                        bool mayBeLast = chosen.SharesThreads && cellThreads == 1 && secondsWaiting <= (threads - 1) * chosen.Seconds;
                        bool isLast = waiting.Count == 0 && running.Count == 0;
                        int own = isLast || mayBeLast ? threads : cellThreads;
                        var share = new ThreadShare();
                        running.Add(share);
                        Open();
                        return (chosen, node.Value.Bytes, own, share);
                    }
                    Monitor.Wait(turn);
                }
                return null;
            }
        }

        using CancellationTokenRegistration wake = stop.Token.Register(() =>
        {
            lock (turn) Monitor.PulseAll(turn);
        });
        int workerCount = Math.Clamp(threads / cellThreads, 1, Math.Max(1, cells.Count));
        // Threads of its own, and no loop of the library's: a cell waits until the memory it needs is free, and runs such loops itself.
        Thread[] workers = [.. Enumerable.Range(0, workerCount).Select(_ => new Thread(Work) { IsBackground = true })];
        foreach (Thread worker in workers) worker.Start();
        foreach (Thread worker in workers) worker.Join();
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        cancellation.ThrowIfCancellationRequested();
    }
}
