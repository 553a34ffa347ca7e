using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Rhm.Parallelism;

/// <summary>Runs independent tasks on a few threads. What a task computes must not depend on which thread runs it.</summary>
internal static unsafe class ParallelTasks
{
    /// <summary>Runs task 0 .. count-1, each on the next free thread.</summary>
    public static void Run(int threads, int count, Action<int> task)
    {
        int workers = Math.Min(threads, count);
        if (workers <= 1)
        {
            for (int i = 0; i < count; i++) task(i);
            return;
        }
        var shared = new Shared(task, count);
        GCHandle handle = GCHandle.Alloc(shared);
        try
        {
            Workers.Run(workers, (void*)GCHandle.ToIntPtr(handle), &Work);
        }
        finally
        {
            handle.Free();
        }
        // A failure in a task must reach the caller, and not end a worker.
        shared.Failure?.Throw();
    }

    private static void Work(void* state, int part, int parts)
    {
        var shared = (Shared)GCHandle.FromIntPtr((nint)state).Target!;
        try
        {
            for (int i = shared.Next(); i < shared.Count; i = shared.Next()) shared.Task(i);
        }
        catch (Exception error)
        {
            shared.Failure = ExceptionDispatchInfo.Capture(error);
        }
    }

    private sealed class Shared(Action<int> task, int count)
    {
        private int _next;

        public Action<int> Task { get; } = task;

        public int Count { get; } = count;

        public ExceptionDispatchInfo? Failure { get; set; }

        public int Next() => Interlocked.Increment(ref _next) - 1;
    }
}
