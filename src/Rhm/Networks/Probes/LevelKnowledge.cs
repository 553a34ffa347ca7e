namespace Rhm.Networks.Probes;

/// <summary>What a layer knows of one level l = 1..L. Probes are of the symbol of the first node of the level.</summary>
/// <param name="Level">l.</param>
/// <param name="Span">Accuracy of a linear probe on held-out strings, from features averaged over the node's span.</param>
/// <param name="Whole">The same from features averaged over the whole string: the paper's pooling.</param>
/// <param name="NewSubtrees">As <paramref name="Span"/>, for subtrees that the probe was not fitted to: those whose rule numbers, added
/// over the subtree, are a multiple of m. Every rule is seen in others (at level 1: the other synonyms are), so that a table of strings
/// does not help. NaN for m = 1.</param>
/// <param name="Mlp">As <paramref name="Span"/>, by a probe of one hidden layer; NaN where it is not measured.</param>
/// <param name="Synonyms">The synonym score; NaN where it is not measured or there are no synonyms.</param>
public sealed record LevelKnowledge(int Level, double Span, double Whole, double NewSubtrees, double Mlp, SynonymScore Synonyms)
{
    /// <summary>How many strings <see cref="NewSubtrees"/> is scored on.</summary>
    public int NewSubtreeStrings { get; init; }
}
