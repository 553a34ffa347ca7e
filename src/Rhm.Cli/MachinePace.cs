using System.Diagnostics;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Levelwise;

namespace Rhm.Cli;

/// <summary>How much longer this machine takes, as busy as it is now, than learners expect.</summary>
internal static class MachinePace
{
    // Tuples enough for both that learners do: counting in tables that no innermost cache holds, and k-means.
    private static readonly GrammarShape s_shape = new(3, 3, 16, 32);

    private const long Samples = 100_000;

    /// <summary>Measures it, in some tenths of a second: what a small problem takes beside what was expected.</summary>
    /// <param name="threads">Threads that share the work.</param>
    /// <param name="cancellation">Stops it.</param>
    public static double Measure(int threads, CancellationToken cancellation)
    {
        Learner<IlcOptions> learner = IterativeLatentClustering.Learner;
        var grammar = Grammar.Draw(s_shape, 1);
        var problem = new LearningProblem(grammar, Samples) { HeldOut = 64, Threads = threads, Cancellation = cancellation };
        double seconds = 0;
        // At the second time the code is compiled.
        for (int i = 0; i < 2; i++)
        {
            var clock = Stopwatch.StartNew();
            _ = learner.Learn(problem, learner.Defaults);
            seconds = clock.Elapsed.TotalSeconds;
        }
        return seconds / learner.Seconds(s_shape, Samples, learner.Defaults);
    }
}
