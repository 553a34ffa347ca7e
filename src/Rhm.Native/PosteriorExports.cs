using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rhm.Grammars;
using Rhm.Parallelism;
using Rhm.Population;

namespace Rhm.Native;

/// <summary>Bayes: posteriors of latents, predictions of tokens.</summary>
internal static unsafe class PosteriorExports
{
    /// <summary>
    /// Posteriors of the nodes of one level, [count, nodes, symbols]; of level 0, tokens that are seen count. Level -1: levels 1..L, one
    /// array after the other. predictions, [count, s^L, v]:
    /// the law of each token given all others; logarithms, [count]: log probability of the tokens seen. Each may be missing (capacity 0).
    /// </summary>
    [UnmanagedCallersOnly(EntryPoint = "rhm_posterior", CallConvs = [typeof(CallConvCdecl)])]
    public static int Posterior(long grammar, int* tokens, long tokenCapacity, long count, int level, double* posterior,
        long posteriorCapacity,
        double* predictions, long predictionCapacity, double* logarithms, long logarithmCapacity, int threads) => Boundary.Run(() =>
    {
        Grammar known = Handles.Get<Grammar>(grammar);
        GrammarShape shape = known.Shape;
        RequireCount(count, shape.TokenCount, tokens, tokenCapacity);
        int[] levels = [];
        if (posteriorCapacity != 0)
        {
            if (level < -1 || level > shape.Depth) throw new ArgumentException($"level {level} is outside -1..{shape.Depth}");
            levels = level >= 0 ? [level] : [.. Enumerable.Range(1, shape.Depth)];
            Boundary.Require(posterior, posteriorCapacity, checked(count * levels.Sum(one => RowSize(shape, one))), "posterior");
        }
        long predicted = predictionCapacity == 0 ? 0 : checked((long)shape.TokenCount * shape.Vocabulary);
        if (predicted > 0) Boundary.Require(predictions, predictionCapacity, checked(count * predicted), "predictions");
        if (logarithmCapacity != 0) Boundary.Require(logarithms, logarithmCapacity, count, "logarithms");
        int lowest = predicted > 0 ? 0 : levels.Append(shape.Depth).Min();
        long batches = (count + BeliefPropagationBatch.Lanes - 1) / BeliefPropagationBatch.Lanes;
        ParallelLoop.Unordered(Boundary.Threads(threads), batches, numbers =>
        {
            var belief = new BeliefPropagationBatch(known);
            foreach (long batch in numbers)
            {
                long first = batch * BeliefPropagationBatch.Lanes;
                int strings = (int)Math.Min(BeliefPropagationBatch.Lanes, count - first);
                belief.Observe(new ReadOnlySpan<int>(tokens + first * shape.TokenCount, strings * shape.TokenCount), lowest);
                double* array = posterior;
                foreach (int wanted in levels)
                {
                    int size = checked((int)RowSize(shape, wanted));
                    belief.CopyPosteriors(wanted, new Span<double>(array + first * size, checked(strings * size)));
                    array += count * size;
                }
                if (predicted > 0)
                    belief.CopyPredictions(new Span<double>(predictions + first * predicted, checked((int)(strings * predicted))));
                if (logarithmCapacity != 0) belief.CopyLogProbabilities(new Span<double>(logarithms + first, strings));
            }
        });
    });

    /// <summary>law[i, t, x] = P[token t of string i is x | tokens before it], [count, s^L, v].</summary>
    [UnmanagedCallersOnly(EntryPoint = "rhm_next_token", CallConvs = [typeof(CallConvCdecl)])]
    public static int NextToken(long grammar, int* tokens, long tokenCapacity, long count, double* law, long lawCapacity, int threads) =>
        Boundary.Run(() =>
        {
            Grammar known = Handles.Get<Grammar>(grammar);
            GrammarShape shape = known.Shape;
            RequireCount(count, shape.TokenCount, tokens, tokenCapacity);
            long one = (long)shape.TokenCount * shape.Vocabulary;
            Boundary.Require(law, lawCapacity, checked(count * one), "law");
            ForEachString(count, Boundary.Threads(threads), () => new BeliefPropagation(known), (i, belief) =>
            {
                double[,] next = belief.NextToken(new ReadOnlySpan<int>(tokens + i * shape.TokenCount, shape.TokenCount));
                for (int t = 0; t < shape.TokenCount; t++)
                {
                    for (int x = 0; x < shape.Vocabulary; x++) law[i * one + (long)t * shape.Vocabulary + x] = next[t, x];
                }
            });
        });

    private static long RowSize(GrammarShape shape, int level) => (long)shape.NodeCount(level) * shape.SymbolCount(level);

    private static void RequireCount(long count, int length, int* tokens, long capacity)
    {
        if (count < 0 || count > long.MaxValue / length) throw new ArgumentException($"number of strings {count} is out of range");
        Boundary.Require(tokens, capacity, count * length, "tokens");
    }

    private static void ForEachString(long count, int threads, Func<BeliefPropagation> create, Action<long, BeliefPropagation> work) =>
        ParallelLoop.Unordered(threads, count, numbers =>
        {
            BeliefPropagation belief = create();
            foreach (long i in numbers) work(i, belief);
        });
}
