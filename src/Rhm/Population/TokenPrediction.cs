using Rhm.Grammars;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Population;

/// <summary>
/// Cross-entropy of the Bayes-optimal predictors of tokens: the floor that any learner of tokens can reach, however many strings
/// it has seen.
/// </summary>
public static class TokenPrediction
{
    private const double Unit = 1L << 40;

    /// <summary>Next-token floor per token, exactly: H(tokens) / s^L = (log n_c + ((s^L-1)/(s-1)) log m) / s^L (identity 5,
    /// docs/formulas.md, and the chain rule of entropy). Uniform rules.</summary>
    /// <param name="shape">The parameters.</param>
    public static double NextTokenEntropy(GrammarShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return (Math.Log(shape.Classes) + shape.LogStringsPerClass) / (double)shape.StringLength;
    }

    /// <summary>The same for a grammar, whose rules may be weighted: a string determines which rule every inner node has picked (identity
    /// 4), independently, so that log m becomes the entropy of the pick.</summary>
    /// <param name="grammar">The grammar.</param>
    public static double NextTokenEntropy(Grammar grammar)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        GrammarShape shape = grammar.Shape;
        if (grammar.ZipfExponent == 0) return NextTokenEntropy(shape);
        double pick = -grammar.RuleProbabilities.Sum(probability => probability * Math.Log(probability));
        var picks = (double)((shape.StringLength - 1) / (shape.Branching - 1));
        return (Math.Log(shape.Classes) + picks * pick) / (double)shape.StringLength;
    }

    /// <summary>Loss of the Bayes-optimal next-token predictor on sampled strings.</summary>
    /// <param name="strings">The strings.</param>
    /// <param name="threads">The result does not depend on it.</param>
    /// <param name="cancellation">Stops between blocks of strings.</param>
    public static CrossEntropy NextToken(StringSampler strings, int threads = 1, CancellationToken cancellation = default) =>
        Measure(strings, threads, (posterior, tokens) =>
        {
            double[,] law = posterior.NextToken(tokens);
            double loss = 0;
            for (int i = 0; i < tokens.Length; i++) loss -= Math.Log(law[i, tokens[i]]);
            return loss / tokens.Length;
        }, cancellation);

    /// <summary>Loss of the Bayes-optimal predictor of one masked token given all others, averaged over the positions.</summary>
    /// <param name="strings">The strings.</param>
    /// <param name="threads">The result does not depend on it.</param>
    /// <param name="cancellation">Stops between blocks of strings.</param>
    public static CrossEntropy MaskedToken(StringSampler strings, int threads = 1, CancellationToken cancellation = default) =>
        Measure(strings, threads, (posterior, tokens) =>
        {
            posterior.Observe(tokens);
            double loss = 0;
            for (int i = 0; i < tokens.Length; i++) loss -= Math.Log(posterior.Prediction(i)[tokens[i]]);
            return loss / tokens.Length;
        }, cancellation);

    /// <summary>Loss of the Bayes-optimal predictor of each masked token when every token is masked with a given probability,
    /// independently; strings in which no token is masked are left out.</summary>
    /// <param name="strings">The strings.</param>
    /// <param name="maskedShare">Probability that a token is masked, in (0, 1].</param>
    /// <param name="seed">Seed of the masks.</param>
    /// <param name="threads">The result does not depend on it.</param>
    /// <param name="cancellation">Stops between blocks of strings.</param>
    /// <exception cref="ArgumentException">The share is out of range.</exception>
    public static CrossEntropy MaskedTokens(StringSampler strings, double maskedShare, ulong seed, int threads = 1,
        CancellationToken cancellation = default)
    {
        if (!(maskedShare > 0 && maskedShare <= 1)) throw new ArgumentException($"masked share {maskedShare} must lie in (0, 1]");
        return Measure(strings, threads, (posterior, tokens) =>
        {
            // The mask is a function of the seed and the string, so it does not depend on which thread meets the string.
            ulong key = seed;
            foreach (int token in tokens) key = RandomStream.DeriveSeed(key, token);
            var random = StreamOffsets.StringMask.Open(key);
            var seen = new int[tokens.Length];
            for (int i = 0; i < tokens.Length; i++) seen[i] = random.NextDouble() < maskedShare ? BeliefPropagation.Masked : tokens[i];
            posterior.Observe(seen);
            double loss = 0;
            int masked = 0;
            for (int i = 0; i < tokens.Length; i++)
            {
                if (seen[i] != BeliefPropagation.Masked) continue;
                loss -= Math.Log(posterior.Prediction(i)[tokens[i]]);
                masked++;
            }
            return masked == 0 ? double.NaN : loss / masked;
        }, cancellation);
    }

    private sealed class Sum(BeliefPropagation posterior)
    {
        public readonly BeliefPropagation Posterior = posterior;

        // Fixed point, so that the sum is exact and does not depend on the order of addition.
        public Int128 Losses, Squares;
        public long Count;
    }

    private static CrossEntropy Measure(StringSampler strings, int threads, Func<BeliefPropagation, int[], double> loss,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(strings);
        IReadOnlyList<Sum> sums = strings.VisitGroups(threads, () => new Sum(new BeliefPropagation(strings.Grammar)), (sum, group) =>
        {
            var tokens = new int[strings.TokenCount];
            ReadOnlySpan<ushort> lanes = group.Level(0);
            for (int lane = 0; lane < group.Count; lane++)
            {
                for (int i = 0; i < tokens.Length; i++) tokens[i] = lanes[i * StringGroup.Lanes + lane];
                double nats = loss(sum.Posterior, tokens);
                if (double.IsNaN(nats)) continue;
                sum.Losses += (Int128)(nats * Unit);
                sum.Squares += (Int128)(nats * nats * Unit);
                sum.Count++;
            }
        }, () => strings.CreateGroup(withLatents: false), cancellation);
        long count = sums.Sum(sum => sum.Count);
        if (count == 0) throw new ArgumentException("no token was predicted: there are no strings, or none with a masked token");
        double mean = (double)sums.Aggregate(Int128.Zero, (total, sum) => total + sum.Losses) / Unit / count;
        double square = (double)sums.Aggregate(Int128.Zero, (total, sum) => total + sum.Squares) / Unit / count;
        double error = count > 1 ? Math.Sqrt(Math.Max(0, square - mean * mean) / (count - 1)) : double.NaN;
        return new CrossEntropy(mean, error, count);
    }
}
