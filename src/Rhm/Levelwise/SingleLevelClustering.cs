using MathNet.Numerics.Distributions;
using Rhm.Clustering;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Population;
using Rhm.Randomness;

namespace Rhm.Levelwise;

/// <summary>
/// Every level by itself: iterative latent clustering with one target (the theorem's single Z, below the leftmost grandparent), each level
/// given the right latents of the levels below. What it needs of P strings is then how often each tuple met each value of its target, and
/// that is drawn from its exact law instead of counted: P can be 10^12. It measures the P_l of a level (section 3 of the paper), of which a
/// learner of strings needs the largest.
/// </summary>
/// <remarks>
/// The number of strings is Poisson with mean P, so that the counts are independent Poisson numbers. Accuracy is the probability, in the
/// exact law, of tuples with the right label under the best one-to-one matching; tuples that do not occur count as errors. Cost of a level:
/// v^2 m random numbers and k-means of v m points in v dimensions, whatever P.
/// </remarks>
public static class SingleLevelClustering
{
    /// <summary>By the name <c>single-level</c>. Levels that are not learned have the accuracy 0.</summary>
    public static Learner<SingleLevelOptions> Learner { get; } = Learning.Learner.Define("single-level", 1, new SingleLevelOptions(),
        (problem, options) =>
        {
            int depth = problem.Grammar.Shape.Depth;
            var laws = PopulationLaws.Of(problem.Grammar);
            return new LearningResult([.. Enumerable.Range(1, depth - 1).Select(level =>
            {
                problem.Cancellation.ThrowIfCancellationRequested();
                return options.Level == 0 || options.Level == level ? Accuracy(laws, level, problem, options) : 0;
            })]);
        },
        (shape, _, options) =>
        {
            if (shape.Depth < 2) throw new ArgumentException("depth L = 1 has no hidden level below the root: nothing to learn");
            options.Validate(shape);
        },
        (shape, _, _) => (1L << 25) + 24.0 * shape.RuleCount(0) * shape.Vocabulary,
        (shape, _, options) => 1e-9 * (shape.Depth - 1)
            * (100.0 * shape.RuleCount(0) * shape.Vocabulary + 15.0 * options.Restarts * shape.RuleCount(0) * shape.RuleCount(0)));

    private static double Accuracy(PopulationLaws<double> laws, int level, LearningProblem problem, SingleLevelOptions options)
    {
        GrammarShape shape = laws.Grammar.Shape;
        int s = shape.Branching, v = shape.Vocabulary, m = shape.Multiplicity;
        Site target = options.Target switch
        {
            Target.Latent => Site.Symbol(level - 1, s),
            Target.Token => Site.Symbol(0, (int)Math.Pow(s, level)),
            _ => Site.Symbol(shape.Depth, 0),
        };
        JointLaw<double> law = laws.Joint(Site.Symbol(level, 0), target);
        var random = new StreamRandom(StreamOffsets.SingleLevelCounts.Open(RandomStream.DeriveSeed(problem.Seed, level, problem.Samples)));
        var contexts = new List<double>();
        var parents = new List<int>();
        var counts = new double[law.Columns];
        for (int tuple = 0; tuple < v * m; tuple++)
        {
            int parent = tuple / m;
            for (int z = 0; z < counts.Length; z++)
            {
                double mean = problem.Samples * law[parent, z] / m;
                if (mean > 1 << 30)
                    throw new ArgumentException($"P = {problem.Samples} strings are too many: a pair of tuple and target is counted "
                        + $"some {mean:G2} times, and up to {1 << 30} times can be drawn");
                counts[z] = mean > 0 ? Poisson.Sample(random, mean) : 0;
            }
            double total = counts.Sum();
            if (total == 0) continue;
            contexts.AddRange(counts.Select(count => count / total));
            parents.Add(parent);
        }
        ulong restarts = RandomStream.DeriveSeed(problem.Seed, level);
        int[] labels = parents.Count == 0 ? []
            : KMeans.Cluster([.. contexts], counts.Length, v, options.Restarts, restarts, problem.Threads).Labels;
        const double unit = 1L << 40;
        double[] prior = law.RowLaw();
        var weights = new long[v, Math.Max(v, parents.Count == 0 ? v : labels.Max() + 1)];
        for (int i = 0; i < labels.Length; i++) weights[parents[i], labels[i]] += (long)(unit * prior[parents[i]] / m);
        return LabelMatching.BestOneToOne(weights).Total / unit;
    }

    /// <summary>A stream of random numbers as the library of distributions takes it.</summary>
    private sealed class StreamRandom(RandomStream stream) : Random
    {
        public override double NextDouble() => stream.NextDouble();

        protected override double Sample() => stream.NextDouble();
    }
}
