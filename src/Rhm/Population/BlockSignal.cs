using Rhm.Grammars;
using Rhm.Randomness;
using Rhm.Strings;

namespace Rhm.Population;

/// <summary>
/// What there is to learn of a level from the targets of a masked block: for each latent of the level whose tokens are all in sight, the
/// information that it has with the target, given the rest that is in sight. What the rest tells already, as the sibling of a single
/// masked token does, teaches nothing of the latent.
/// </summary>
/// <param name="Span">Tokens of a block, s^k with k below L: the constituent of a latent.</param>
/// <param name="TargetLevel">
/// Level of the targets, the symbols above the block's positions: 0 (tokens), k (the latent of the block), up to L-1, of which part is in
/// sight if it is above k.
/// </param>
/// <param name="Level">l, level of the latents that are to be learned, 1 to L-1.</param>
public sealed record BlockSignal(int Span, int TargetLevel, int Level)
{
    /// <summary>
    /// The information in nats of the targets of a block, added up, with the latent of the level that they tell most of; mean over the
    /// blocks of a string. Targets of one level are added because each is predicted by itself: together they can tell less, or more.
    /// </summary>
    /// <param name="grammar">The grammar.</param>
    /// <param name="sample">Number of sampled strings; null: all strings, by enumeration.</param>
    /// <param name="seed">Of the sample.</param>
    /// <param name="threads">The result does not depend on it.</param>
    /// <exception cref="ArgumentException">
    /// The block is no constituent below the root, a level is out of its range, no latent of the level is in sight beside a block, or there
    /// are too many strings to enumerate.
    /// </exception>
    public double Measure(Grammar grammar, int? sample = null, ulong seed = 1, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        Require(grammar.Shape);
        int blocks = grammar.Shape.TokenCount / Span;
        double sum = 0;
        for (int block = 0; block < blocks; block++) sum += OfBlock(grammar, block * Span, sample, seed, threads);
        return sum / blocks;
    }

    /// <summary>
    /// How many times the strings one kind of targets needs for a level, by the inverse ratio of what the two tell: to leading order, since
    /// a law that differs by information I from another is told apart by of the order of 1/I samples, and both see a tuple equally often.
    /// Constants of learners, and what a network must learn before, are left out.
    /// </summary>
    /// <param name="other">What the other kind of targets tells, in nats.</param>
    /// <param name="own">What this kind tells, in nats.</param>
    public static double PredictedRatio(double other, double own) => other / own;

    private double OfBlock(Grammar grammar, int start, int? sample, ulong seed, int threads)
    {
        GrammarShape shape = grammar.Shape;
        int width = shape.TokenCount / shape.NodeCount(Level), targetWidth = shape.TokenCount / shape.NodeCount(TargetLevel);
        double most = double.NegativeInfinity;
        for (int node = 0; node < shape.NodeCount(Level); node++)
        {
            int first = node * width;
            if (first < start + Span && start < first + width) continue;
            int[] rest = [.. Enumerable.Range(0, shape.TokenCount)
                .Where(i => (i < start || i >= start + Span) && (i < first || i >= first + width))];
            int[] tokens = [.. Enumerable.Range(first, width)];
            double told = 0;
            for (int target = start / targetWidth; target <= (start + Span - 1) / targetWidth; target++)
            {
                var symbol = Site.Symbol(TargetLevel, target);
                told += sample is { } count
                    ? MaskedInformation.Sampled(new StringSampler(grammar, seed, count, RandomPurpose.HeldOut), symbol, tokens, rest,
                        threads).Mean
                    : MaskedInformation.Exact(grammar, symbol, tokens, rest, threads);
            }
            most = Math.Max(most, told);
        }
        return most;
    }

    private void Require(GrammarShape shape)
    {
        int k = 0, width = 1;
        for (; width < Span && k < shape.Depth; k++) width *= shape.Branching;
        if (Span < 1 || width != Span || k >= shape.Depth)
            throw new ArgumentException($"a block of {Span} tokens is no constituent below the root of {shape}");
        if (TargetLevel < 0 || TargetLevel >= shape.Depth)
            throw new ArgumentException($"targets of level {TargetLevel} are outside of 0..{shape.Depth - 1}: the root is above all");
        if (Level < 1 || Level >= shape.Depth)
            throw new ArgumentException($"level {Level} is outside of 1..{shape.Depth - 1}: no other latent is in sight beside a block");
    }
}
