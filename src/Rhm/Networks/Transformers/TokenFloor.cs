using Rhm.Grammars;
using Rhm.Networks.Training;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Networks.Transformers;

/// <summary>
/// The least loss that any network can reach on what <see cref="TransformerObjective.MaskedTokens"/>,
/// <see cref="TransformerObjective.NextToken"/> and <see cref="TransformerObjective.MaskedLatents"/> predict: that of the exact posterior
/// of the grammar.
/// </summary>
public static class TokenFloor
{
    /// <summary>
    /// Mean Bayes loss of what is predicted in fresh strings, weighted as a training weighs it (each predicted token counts the same).
    /// </summary>
    /// <param name="grammar">The grammar.</param>
    /// <param name="training">Objective, its level, masked share and seed; other settings do not matter.</param>
    /// <param name="strings">Number of strings; the cost is that of <see cref="BeliefPropagation"/> for each.</param>
    /// <param name="threads">The result does not depend on it.</param>
    /// <returns>
    /// Nats a token with their standard error; null for an objective that predicts neither tokens nor the latents above them, or these with
    /// noise.
    /// </returns>
    public static CrossEntropy? Measure(Grammar grammar, TransformerTraining training, int strings = 2000, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        ArgumentNullException.ThrowIfNull(training);
        if (training.HasTeacher || training.LatentNoise > 0) return null;
        if (training.Objective is TransformerObjective.Supervised or TransformerObjective.BlockEmbedding) return null;
        Bounds.RequireAtLeast("number of strings", strings);
        int length = grammar.Shape.TokenCount;
        var shape = new TransformerShape(grammar.Shape.Vocabulary, length, 1, 1, 1);
        int level = training.AnswerLevel(grammar.Shape.Depth), nodes = grammar.Shape.NodeCount(level);
        var sampler = new StringSampler(grammar, training.Seed, strings, RandomPurpose.HeldOut);
        ushort[][] symbols = SymbolReader.ReadAll(sampler, level + 1);
        ushort[] tokens = symbols[0], answers = symbols[level];
        var batch = TransformerBatch.Create(tokens, [], shape, training, step: null);
        List<int>[] predicted = [.. Enumerable.Range(0, strings).Select(_ => new List<int>())];
        foreach (int row in batch.OutputRows) predicted[row / length].Add(row % length);
        List<int[]> seen = [.. Enumerable.Range(0, strings).Select(n => Enumerable.Range(n * length, length)
            .Select(row => batch.Symbols[row] == shape.Mask ? BeliefPropagation.Masked : batch.Symbols[row]).ToArray())];
        var losses = new double[strings];
        BeliefPropagation.ObserveAll(grammar, seen, threads, (n, posterior) =>
        {
            double[,]? next = training.Objective == TransformerObjective.NextToken ? posterior.NextToken(seen[n]) : null;
            losses[n] = -predicted[n].Sum(i => Math.Log(Probability(i)));

            double Probability(int i)
            {
                if (next is not null) return next[i + 1, seen[n][i + 1]];
                int node = i / (length / nodes), answer = answers[n * nodes + node];
                return level > 0 ? posterior.Posterior(level, node)[answer] : posterior.Prediction(i)[answer];
            }
        });
        // A ratio of means over strings: its error is that of loss - mean x count.
        double total = batch.OutputRows.Length, mean = losses.Sum() / total;
        double squares = losses.Select((loss, n) => Math.Pow(loss - mean * predicted[n].Count, 2)).Sum();
        return new CrossEntropy(mean, Math.Sqrt(squares) / total, strings);
    }
}
