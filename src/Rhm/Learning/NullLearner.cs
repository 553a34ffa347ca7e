using System.Diagnostics;
using Rhm.Randomness;

namespace Rhm.Learning;

/// <summary>
/// Learns nothing: its accuracies are random numbers. Takes a given time of a core, fails, or kills its process: for testing a sweep, a
/// store and a cluster, and for measuring their overhead.
/// </summary>
public static class NullLearner
{
    /// <summary>By the name <c>null</c>.</summary>
    public static Learner<NullOptions> Learner { get; } = Learning.Learner.Define("null", 1, new NullOptions(), Learn,
        (_, _, options) => options.Validate(),
        (_, _, options) => options.Gibibytes * (1L << 30), (_, _, options) => 1e-6 + options.Milliseconds / 1000);

    private static LearningResult Learn(LearningProblem problem, NullOptions options)
    {
        long start = Stopwatch.GetTimestamp();
        if (options.Fail) throw new InvalidOperationException($"the null learner was told to fail with seed {problem.Seed}");
        if (options.Kill)
        {
            using var self = Process.GetCurrentProcess();
            self.Kill();
        }
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < options.Milliseconds)
        {
            problem.Cancellation.ThrowIfCancellationRequested();
            Thread.SpinWait(1000);
        }
        ReadOnlySpan<ushort> rule = problem.Grammar.Rule(0, 0);
        var random = StreamOffsets.NullAccuracies.Open(RandomStream.DeriveSeed(problem.Seed, problem.Samples, rule[0], rule[1]));
        return new LearningResult([.. Enumerable.Range(1, problem.Grammar.Shape.Depth - 1).Select(_ => random.NextDouble())]);
    }
}
