using Rhm.Grammars;
using Rhm.Networks.StackedLatentClustering;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Networks.Transformers;

/// <summary>
/// The least loss that any network can reach on what <see cref="TransformerObjective.MaskedTokens"/>, <see cref="TransformerObjective.NextToken"/>
/// and <see cref="TransformerObjective.MaskedLatents"/> ask: that of the exact posterior of the grammar.
/// </summary>
public static class TokenFloor
{
    /// <summary>Mean Bayes loss of what is asked in fresh strings, weighted as a training weighs it (each asked token counts the same).</summary>
    /// <param name="grammar">The grammar.</param>
    /// <param name="training">Objective, its level, masked share and seed; other settings do not matter.</param>
    /// <param name="strings">Number of strings; the cost is that of <see cref="BeliefPropagation"/> for each.</param>
    /// <param name="threads">The result does not depend on it.</param>
    /// <returns>Nats a token with their standard error; null for an objective that predicts neither tokens nor the latents above them.</returns>
    public static CrossEntropy? Measure(Grammar grammar, TransformerTraining training, int strings = 2000, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        ArgumentNullException.ThrowIfNull(training);
        if (training.Objective is not (TransformerObjective.MaskedTokens or TransformerObjective.NextToken or TransformerObjective.MaskedLatents)) return null;
        if (strings < 1) throw new ArgumentException($"number of strings {strings} must be at least 1");
        int length = grammar.Shape.TokenCount;
        var shape = new TransformerShape(grammar.Shape.Vocabulary, length, 1, 1, 1);
        int level = training.AnswerLevel(grammar.Shape.Depth), nodes = grammar.Shape.NodeCount(level);
        ushort[] tokens = SlcEvaluation.ReadTokens(new StringSampler(grammar, training.Seed, strings, RandomPurpose.HeldOut), level + 1, out ushort[][] latents);
        var batch = TransformerBatch.Create(tokens, [], shape, training, long.MaxValue);
        var asked = new List<int>[strings];
        for (int n = 0; n < strings; n++) asked[n] = [];
        foreach (int row in batch.Asked) asked[row / length].Add(row % length);
        List<int[]> seen = [.. Enumerable.Range(0, strings).Select(n => Enumerable.Range(n * length, length)
            .Select(row => batch.Symbols[row] == shape.Mask ? BeliefPropagation.Masked : batch.Symbols[row]).ToArray())];
        var losses = new double[strings];
        BeliefPropagation.ObserveAll(grammar, seen, threads, (n, posterior) =>
        {
            if (training.Objective == TransformerObjective.NextToken)
            {
                double[,] law = posterior.NextToken(seen[n]);
                losses[n] = -asked[n].Sum(i => Math.Log(law[i + 1, seen[n][i + 1]]));
            }
            else if (level > 0)
            {
                losses[n] = -asked[n].Select(i => i / (length / nodes)).Sum(node => Math.Log(posterior.Posterior(level, node)[latents[^1][n * nodes + node]]));
            }
            else
            {
                losses[n] = -asked[n].Sum(i => Math.Log(posterior.Prediction(i)[tokens[n * length + i]]));
            }
        });
        // A ratio of means over strings: its error is that of loss - mean x count.
        double total = batch.Asked.Length, mean = losses.Sum() / total;
        double squares = losses.Select((loss, n) => Math.Pow(loss - mean * asked[n].Count, 2)).Sum();
        return new CrossEntropy(mean, Math.Sqrt(squares) / total, strings);
    }
}
