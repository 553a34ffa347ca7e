using System.Collections.Concurrent;
using Rhm.Claims;

namespace Rhm.Experiments;

/// <summary>Independent pieces of an experiment on several threads.</summary>
internal static class Work
{
    /// <summary>Does every piece, in order of the list as threads become free.</summary>
    /// <param name="pieces">The pieces, the longest first.</param>
    /// <param name="setting">Threads and cancellation.</param>
    /// <param name="work">Does one.</param>
    /// <exception cref="Exception">What the first piece that failed threw, as it threw it; or that the work was cancelled.</exception>
    public static void ForEach<T>(IReadOnlyList<T> pieces, Setting setting, Action<T> work)
    {
        try
        {
            Parallel.ForEach(Partitioner.Create(pieces, EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { MaxDegreeOfParallelism = setting.Threads, CancellationToken = setting.Cancellation }, work);
        }
        catch (AggregateException error)
        {
            throw error.InnerExceptions.OfType<OperationCanceledException>().FirstOrDefault() ?? error.InnerExceptions[0];
        }
    }
}
