using System.Numerics.Tensors;
using Rhm.Grammars;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Networks.Probes;

/// <summary>What a frozen network knows of the latents of a grammar: probes, synonym scores and ranks of every layer.</summary>
/// <param name="Layers">From the input up.</param>
public sealed record RepresentationScore(IReadOnlyList<LayerKnowledge> Layers)
{
    /// <summary>The best linear probe of a level over the layers, from features averaged over the span.</summary>
    /// <param name="level">l, 1..L.</param>
    public double Best(int level) => Layers.Max(layer => layer.Levels[level - 1].Span);

    /// <summary>Measures a network; it is not changed.</summary>
    /// <param name="network">Its layers.</param>
    /// <param name="grammar">The truth.</param>
    /// <param name="measure">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting makes no sense, or a layer does not fit the strings.</exception>
    /// <remarks>Cost: 2 Strings + 3 L SynonymStrings passes; 3 L systems of d unknowns a layer.</remarks>
    public static RepresentationScore Measure(FrozenNetwork network, Grammar grammar, RepresentationMeasure? measure = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(grammar);
        measure ??= new RepresentationMeasure();
        measure.Validate();
        GrammarShape shape = grammar.Shape;
        int depth = shape.Depth, strings = measure.Strings;
        (ushort[][] truth, int[] positions) = Derivations(grammar, measure);
        var poolings = new List<Func<int, (int From, int To)>> { i => (positions[i], positions[i] + 1), _ => (0, shape.TokenCount) };
        for (int level = 1; level < depth; level++)
        {
            int width = shape.TokenCount / shape.NodeCount(level);
            poolings.Add(_ => (0, width));
        }
        PooledLayer[] layers = Pool(network, truth[0], shape.TokenCount, poolings, measure.LastLayerOnly);
        SynonymScore[][] synonyms = Synonyms(network, grammar, measure, layers.Length);
        ushort[][] labels = [.. Enumerable.Range(1, depth).Select(level => FirstNodes(truth[level], 2 * strings))];
        bool[][] held = [.. Enumerable.Range(1, depth).Select(level => NewSubtrees(grammar, truth, level, 2 * strings))];

        return new RepresentationScore([.. layers.Select((layer, k) =>
        {
            double rank = EffectiveRank.Of(new LabelledFeatures(layer.Features[0], layer.Dimension, new ushort[2 * strings]));
            return new LayerKnowledge(layer.Number, rank, [.. Enumerable.Range(1, depth).Select(level =>
                Measure(layer, level, shape, labels[level - 1], held[level - 1], synonyms[k][level - 1], measure))]);
        })]);
    }

    private static LevelKnowledge Measure(PooledLayer layer, int level, GrammarShape shape, ushort[] symbols, bool[] isNew,
        SynonymScore synonyms, RepresentationMeasure measure)
    {
        int d = layer.Dimension, count = shape.SymbolCount(level);
        float[] span = layer.Features[level == shape.Depth ? 1 : level + 1];
        (LabelledFeatures train, LabelledFeatures test) = Split(span, d, symbols, i => i >= measure.Strings);
        double whole = Accuracy(Split(layer.Features[1], d, symbols, i => i >= measure.Strings));
        bool hasBoth = isNew.Contains(true) && isNew.Contains(false);
        double newSubtrees = hasBoth ? Accuracy(Split(span, d, symbols, i => isNew[i])) : double.NaN;
        double mlp = measure.Mlp ? MlpProbe.Accuracy(train, test, count, measure.Seed, threads: measure.Threads) : double.NaN;
        return new LevelKnowledge(level, RidgeProbe.Accuracy(train, test, count), whole, newSubtrees, mlp, synonyms)
        {
            NewSubtreeStrings = isNew.Count(one => one),
        };

        double Accuracy((LabelledFeatures Train, LabelledFeatures Test) sets) => RidgeProbe.Accuracy(sets.Train, sets.Test, count);
    }

    /// <summary>Measures the regression targets of a network that predicts its own latents.</summary>
    /// <param name="targets">One layer: the targets of the whole strings, at every position.</param>
    /// <param name="grammar">The truth.</param>
    /// <param name="measure">How; null for the defaults.</param>
    /// <exception cref="ArgumentException">A setting makes no sense, or the targets do not fit the strings.</exception>
    public static TargetKnowledge MeasureTargets(FrozenNetwork targets, Grammar grammar, RepresentationMeasure? measure = null)
    {
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(grammar);
        measure ??= new RepresentationMeasure();
        measure.Validate();
        GrammarShape shape = grammar.Shape;
        int strings = measure.Strings;
        (ushort[][] truth, int[] positions) = Derivations(grammar, measure);
        PooledLayer layer = Pool(targets, truth[0], shape.TokenCount, [i => (positions[i], positions[i] + 1)], lastOnly: true)[0];
        double rank = EffectiveRank.Of(new LabelledFeatures(layer.Features[0], layer.Dimension, new ushort[2 * strings]));
        double[] levels = [.. Enumerable.Range(1, shape.Depth).Select(level =>
        {
            int nodes = shape.NodeCount(level), width = shape.TokenCount / nodes;
            ushort[] symbols = [.. positions.Select((at, i) => truth[level][i * nodes + at / width])];
            (LabelledFeatures train, LabelledFeatures test) = Split(layer.Features[0], layer.Dimension, symbols, i => i >= strings);
            return RidgeProbe.Accuracy(train, test, shape.SymbolCount(level));
        })];
        return new TargetKnowledge(rank, layer.Dimension, levels, rank < shape.Vocabulary - 1);
    }

    /// <summary>Training strings, then as many held-out ones, with all their symbols level by level, and a position in each.</summary>
    private static (ushort[][] Truth, int[] Positions) Derivations(Grammar grammar, RepresentationMeasure measure)
    {
        int levels = grammar.Shape.Depth + 1;
        ushort[][] train = SymbolReader.ReadAll(new StringSampler(grammar, measure.Seed, measure.Strings, RandomPurpose.Probe), levels);
        ushort[][] held = SymbolReader.ReadAll(new StringSampler(grammar, measure.Seed, measure.Strings, RandomPurpose.HeldOut), levels);
        var random = StreamOffsets.ProbePositions.Open(measure.Seed);
        return ([.. train.Zip(held, (a, b) => (ushort[])[.. a, .. b])],
            [.. Enumerable.Range(0, 2 * measure.Strings).Select(_ => (int)random.NextBelow((ulong)grammar.Shape.TokenCount))]);
    }

    private static ushort[] FirstNodes(ushort[] level, int strings)
    {
        int nodes = level.Length / strings;
        return [.. Enumerable.Range(0, strings).Select(i => level[i * nodes])];
    }

    /// <summary>Whether the rule numbers (0..m-1) below the first node of a level add up to a multiple of m.</summary>
    private static bool[] NewSubtrees(Grammar grammar, ushort[][] truth, int level, int strings)
    {
        GrammarShape shape = grammar.Shape;
        int m = shape.Multiplicity, s = shape.Branching;
        var sums = new int[strings];
        for (int i = 0; m > 1 && i < strings; i++)
        {
            for (int l = 1; l <= level; l++)
            {
                int first = i * shape.NodeCount(l), nodes = shape.NodeCount(l) / shape.NodeCount(level);
                for (int node = first; node < first + nodes; node++)
                    sums[i] += grammar.FindRule(l - 1, truth[l - 1].AsSpan(node * s, s)) % m;
            }
        }
        return [.. sums.Select(sum => m > 1 && sum % m == 0)];
    }

    private static (LabelledFeatures Train, LabelledFeatures Test) Split(float[] features, int columns, ushort[] labels,
        Func<int, bool> isTest)
    {
        return (Part(false), Part(true));

        LabelledFeatures Part(bool test)
        {
            int[] rows = [.. Enumerable.Range(0, labels.Length).Where(i => isTest(i) == test)];
            var chosen = new float[rows.Length * columns];
            for (int i = 0; i < rows.Length; i++) features.AsSpan(rows[i] * columns, columns).CopyTo(chosen.AsSpan(i * columns));
            return new LabelledFeatures(chosen, columns, [.. rows.Select(row => labels[row])]);
        }
    }

    private static SynonymScore[][] Synonyms(FrozenNetwork network, Grammar grammar, RepresentationMeasure measure, int layers)
    {
        GrammarShape shape = grammar.Shape;
        SynonymScore[][] scores = [.. Enumerable.Range(0, layers).Select(_ => Enumerable.Repeat(SynonymScore.None, shape.Depth).ToArray())];
        if (measure.SynonymStrings == 0 || shape.Multiplicity == 1) return scores;
        for (int level = 1; level <= shape.Depth; level++)
        {
            if (shape.SymbolCount(level) == 1) continue;
            var strings = new SynonymStrings(grammar, level, measure.Seed, measure.SynonymStrings);
            int width = shape.TokenCount / shape.NodeCount(level);
            bool withoutNode = measure.SynonymPooling == Pooling.Neighbours && level < shape.Depth;
            Func<int, (int From, int To)> pooling = measure.SynonymPooling == Pooling.Span ? Span
                : withoutNode ? Parent : _ => (0, shape.TokenCount);
            PooledLayer[][] features = [.. ((ushort[][])[strings.Original, strings.Synonym, strings.Other]).Select(tokens =>
                Pool(network, tokens, shape.TokenCount, [pooling], measure.LastLayerOnly, withoutNode ? Span : null))];
            for (int k = 0; k < layers; k++)
            {
                float[] Of(int kind) => features[kind][k].Features[0];
                scores[k][level - 1] = SynonymScore.Of(Of(0), Of(1), Of(2), features[0][k].Dimension);
            }

            (int From, int To) Span(int i) => (strings.NodeOf[i] * width, (strings.NodeOf[i] + 1) * width);

            (int From, int To) Parent(int i)
            {
                int first = strings.NodeOf[i] / shape.Branching * shape.Branching * width;
                return (first, first + shape.Branching * width);
            }
        }
        return scores;
    }

    /// <summary>Features of a layer for all strings, one matrix for each pooling.</summary>
    private sealed record PooledLayer(int Number, int Dimension, float[][] Features);

    /// <summary>Runs strings through the network and averages each layer over ranges of tokens, but for those of a hole.</summary>
    private static PooledLayer[] Pool(FrozenNetwork network, ushort[] tokens, int length, List<Func<int, (int From, int To)>> poolings,
        bool lastOnly, Func<int, (int From, int To)>? hole = null)
    {
        int strings = tokens.Length / length;
        PooledLayer[] pooled = [];
        for (int start = 0; start < strings; start += RepresentationMeasure.Batch)
        {
            int count = Math.Min(RepresentationMeasure.Batch, strings - start);
            IReadOnlyList<LayerStates> states = network(tokens.AsSpan(start * length, count * length));
            int skipped = lastOnly ? states.Count - 1 : 0;
            if (start == 0) pooled = [.. states.Skip(skipped).Select((layer, k) => NewLayer(layer, k + skipped))];
            for (int k = 0; k < pooled.Length; k++)
            {
                (float[] values, int positions, int d) = states[k + skipped];
                for (int p = 0; p < poolings.Count; p++)
                {
                    for (int i = 0; i < count; i++)
                    {
                        ReadOnlySpan<float> ofString = values.AsSpan(i * positions * d, positions * d);
                        (int from, int to) = Positions(poolings[p](start + i), length / positions);
                        (int, int) without = hole is null ? (0, 0) : Positions(hole(start + i), length / positions);
                        Average(ofString, d, from, to, without, pooled[k].Features[p].AsSpan((start + i) * d, d));
                    }
                }
            }
        }
        return pooled;

        PooledLayer NewLayer(LayerStates layer, int number)
        {
            if (layer.Dimension < 1 || layer.Positions < 1 || length % layer.Positions != 0)
            {
                throw new ArgumentException($"layer {number} has {layer.Positions} positions of {layer.Dimension} features: "
                    + $"its positions do not divide strings of {length} tokens");
            }
            return new PooledLayer(number, layer.Dimension, [.. poolings.Select(_ => new float[checked(strings * layer.Dimension)])]);
        }

        // The positions of a layer that stand above a range of tokens.
        static (int From, int To) Positions((int From, int To) tokens, int tokensOf) =>
            (tokens.From / tokensOf, (tokens.To + tokensOf - 1) / tokensOf);
    }

    private static void Average(ReadOnlySpan<float> states, int d, int from, int to, (int From, int To) hole, Span<float> mean)
    {
        int count = 0;
        for (int position = from; position < to; position++)
        {
            if (position >= hole.From && position < hole.To) continue;
            TensorPrimitives.Add(mean, states.Slice(position * d, d), mean);
            count++;
        }
        if (count > 0) TensorPrimitives.Divide(mean, count, mean);
    }
}
