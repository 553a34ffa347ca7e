using System.Numerics.Tensors;
using Rhm.Clustering;
using Rhm.Files;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Networks.Probes;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Networks.StackedLatentClustering;

/// <summary>Measures how much of the true latents a network has found.</summary>
public static class SlcEvaluation
{
    private const int Most = 10_000;

    /// <summary>
    /// Scores a network on strings of a grammar. A probe is fitted to training strings and scored on held-out ones; the network is not
    /// changed.
    /// </summary>
    /// <param name="network">The network; untrained ones are scored with the batch means of the strings.</param>
    /// <param name="grammar">The truth.</param>
    /// <param name="seed">Of both sets of strings.</param>
    /// <param name="strings">Size of each of the two sets, at least 2.</param>
    /// <param name="withProbes">Without, probes are NaN and the cost is one pass of the network.</param>
    /// <exception cref="ArgumentException">The grammar does not fit the network.</exception>
    /// <remarks>Cost: two passes over the strings, and a linear system of d_h (root: at most strings) unknowns a level.</remarks>
    public static SlcScore Score(SlcNetwork<float> network, Grammar grammar, ulong seed, int strings = 1000, bool withProbes = true)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(grammar);
        SlcShape shape = network.Shape;
        GrammarShape truth = grammar.Shape;
        if (truth.Depth != shape.Depth || truth.Branching != shape.Branching || truth.Vocabulary != shape.Vocabulary)
            throw new ArgumentException($"a grammar with {truth} does not fit a network for {shape}");
        if (strings < 2) throw new ArgumentException($"number of strings {strings} must be at least 2");

        Sample? train = withProbes ? Sample.Of(network, new StringSampler(grammar, seed, strings, RandomPurpose.Strings)) : null;
        Sample held = Sample.Of(network, new StringSampler(grammar, seed, strings, RandomPurpose.HeldOut));
        var levels = new List<SlcLevelScore>();
        for (int level = 1; level < shape.Depth; level++)
        {
            int symbols = truth.SymbolCount(level);
            (double accuracy, double majority, int codes) = Matching(held.Truth[level], held.Labels[level - 1], symbols, shape.Codes);
            double probe = train is null ? double.NaN
                : RidgeProbe.Accuracy(train.Nodes(level), held.Nodes(level), symbols);
            levels.Add(new SlcLevelScore(level, accuracy, majority, codes, probe));
        }
        return new SlcScore(levels,
            train is null ? double.NaN : RidgeProbe.Accuracy(train.Root(), held.Root(), truth.Classes),
            train is null ? double.NaN : RidgeProbe.TupleAccuracy(train.Root(), held.Root(), shape.Codes, truth.Classes));
    }

    /// <summary>Accuracy of the strongest codes on strings with latents in files, at most the first 10,000 of them.</summary>
    /// <param name="network">The network.</param>
    /// <param name="truth">The strings.</param>
    /// <returns>
    /// For each level 1..L-1 the accuracy under the best one-to-one matching, that under majority, and the number of codes used; null
    /// where nothing is known of the level.
    /// </returns>
    /// <exception cref="ArgumentException">The strings do not fit the network.</exception>
    public static IReadOnlyList<(double Accuracy, double Majority, int Codes)?> Accuracy(SlcNetwork<float> network, StoredDerivations truth)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(truth);
        SlcShape shape = network.Shape;
        RequireFit(shape, truth);
        ushort[][] levels = SymbolReader.ReadAll(truth, shape.Depth, Most);
        var found = new List<(double, double, int)?>();
        for (int level = 1; level < shape.Depth; level++)
        {
            int symbols = truth.SymbolCounts[level];
            found.Add(symbols == 0 ? null : Matching(levels[level], Labels(network, levels[0], level), symbols, shape.Codes));
        }
        return found;
    }

    private static void RequireFit(SlcShape shape, IStringSource strings)
    {
        if (strings.TokenCount != shape.TokenCount)
            throw new ArgumentException($"strings of {strings.TokenCount} tokens do not fit a network for {shape}");
    }

    /// <summary>Labels of the nodes of level l of strings: the strongest code of each, string by string.</summary>
    /// <param name="network">The network.</param>
    /// <param name="tokens">[strings, s^L].</param>
    /// <param name="level">l, 1..L-1.</param>
    public static ushort[] Labels(SlcNetwork<float> network, ReadOnlySpan<ushort> tokens, int level)
    {
        ArgumentNullException.ThrowIfNull(network);
        network.Forward(tokens, applied: true);
        (TupleRows rows, float[] h) = network.Output(level - 1);
        ushort[] codes = StrongestCodes(h, rows.Count, network.Shape.Codes);
        return [.. rows.RowOf.Take(rows.Tuples).Select(row => codes[row])];
    }

    private static ushort[] StrongestCodes(float[] h, int rows, int d) =>
        [.. Enumerable.Range(0, rows).Select(row => (ushort)TensorPrimitives.IndexOfMax(h.AsSpan(row * d, d)))];

    /// <summary>Writes FOLDER/level1.npy .. level{L-1}.npy: the strongest code of each node, uint16 [P, s^(L-l)].</summary>
    /// <param name="network">The network.</param>
    /// <param name="strings">Strings that fit it.</param>
    /// <param name="folder">Target folder, made where missing.</param>
    /// <param name="cancellation">Stops between groups of strings.</param>
    /// <exception cref="ArgumentException">The folder cannot be written, or strings do not fit.</exception>
    public static void WriteLabels(SlcNetwork<float> network, IStringSource strings, string folder,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(strings);
        SlcShape shape = network.Shape;
        RequireFit(shape, strings);
        LatentFiles.RequireWritable(folder, shape.Depth);
        using IStringReader reader = strings.OpenReader();
        var group = new StringGroup(1, strings.TokenCount, shape.Branching);
        OutputFile.WriteAll([.. LatentFiles.FilesOf(folder, shape.Depth).Select((path, below) => (path, (Action<Stream>)(stream =>
        {
            int level = below + 1, nodes = strings.TokenCount;
            for (int l = 0; l < level; l++) nodes /= shape.Branching;
            var plane = new ushort[nodes * StringGroup.Lanes];
            DatasetFile.WriteGroups<ushort>(stream, strings.Count, nodes, g =>
            {
                reader.Read(g, group);
                var tokens = new ushort[group.Count * strings.TokenCount];
                for (int lane = 0; lane < group.Count; lane++)
                {
                    for (int token = 0; token < strings.TokenCount; token++)
                        tokens[lane * strings.TokenCount + token] = group.Level(0)[token * StringGroup.Lanes + lane];
                }
                ushort[] labels = Labels(network, tokens, level);
                for (int i = 0; i < labels.Length; i++) plane[i % nodes * StringGroup.Lanes + i / nodes] = labels[i];
                return plane;
            }, _ => { }, cancellation);
        })))]);
    }

    /// <summary>
    /// Codes against symbols: accuracy under the best one-to-one matching and under majority, and the number of codes used.
    /// </summary>
    internal static (double Accuracy, double Majority, int Codes) Matching(ushort[] truth, ushort[] labels, int symbols, int available)
    {
        var confusion = new long[symbols, available];
        for (int node = 0; node < truth.Length; node++) confusion[truth[node], labels[node]]++;
        long majority = 0;
        int codes = 0;
        for (int code = 0; code < available; code++)
        {
            long most = 0;
            for (int symbol = 0; symbol < symbols; symbol++) most = Math.Max(most, confusion[symbol, code]);
            majority += most;
            if (most > 0) codes++;
        }
        return ((double)LabelMatching.BestOneToOne(confusion).Total / truth.Length, (double)majority / truth.Length, codes);
    }

    /// <summary>Strings with their true latents and what the network makes of them.</summary>
    private sealed record Sample(ushort[][] Truth, ushort[][] Labels, float[][] H, int[][] RowOf, int Branching, int Codes)
    {
        public static Sample Of(SlcNetwork<float> network, StringSampler strings)
        {
            SlcShape shape = network.Shape;
            ushort[][] truth = SymbolReader.ReadAll(strings, shape.Depth + 1);
            network.Forward(truth[0], applied: true);
            var labels = new ushort[shape.Modules][];
            var h = new float[shape.Modules][];
            var rowOf = new int[shape.Modules][];
            for (int l = 0; l < shape.Modules; l++)
            {
                (TupleRows rows, float[] all) = network.Output(l);
                (h[l], rowOf[l]) = ([.. all.AsSpan(0, rows.Count * shape.Codes)], [.. rows.RowOf.AsSpan(0, rows.Tuples)]);
                ushort[] codes = StrongestCodes(all, rows.Count, shape.Codes);
                labels[l] = [.. rowOf[l].Select(row => codes[row])];
            }
            return new Sample(truth, labels, h, rowOf, shape.Branching, shape.Codes);
        }

        /// <summary>Soft latents of the nodes of a level, at most 4000 of them, with the true symbols.</summary>
        public LabelledFeatures Nodes(int level) => Rows(level, 1, Truth[level][..Math.Min(4000, Truth[level].Length)]);

        /// <summary>Soft latents of the s children of each root, side by side, with the classes.</summary>
        public LabelledFeatures Root() => Rows(H.Length, Branching, Truth[^1]);

        private LabelledFeatures Rows(int level, int nodes, ushort[] labels)
        {
            var features = new float[labels.Length * nodes * Codes];
            for (int node = 0; node < labels.Length * nodes; node++)
                H[level - 1].AsSpan(RowOf[level - 1][node] * Codes, Codes).CopyTo(features.AsSpan(node * Codes));
            return new LabelledFeatures(features, nodes * Codes, labels);
        }
    }
}
