namespace Rhm.Randomness;

/// <summary>
/// The seeds of the random grammars of a measurement, one method for each of its kinds: functions of the measurement's seed and of what
/// tells its grammars apart. Published results stand on these values; none may change.
/// The strings of a grammar, and its learner, have the same seed.
/// </summary>
public static class GrammarSeeds
{
    /// <summary>Of the thresholds P*, of the transformers and of the convolutional networks:
    /// learners measured with one seed see the same grammars.</summary>
    /// <param name="seed">Seed of the measurement.</param>
    /// <param name="depth">L.</param>
    /// <param name="branching">s.</param>
    /// <param name="vocabulary">v.</param>
    /// <param name="multiplicity">m.</param>
    /// <param name="number">Which of the grammars of this shape, from 0.</param>
    public static ulong OfShape(ulong seed, int depth, int branching, int vocabulary, int multiplicity, int number) =>
        RandomStream.DeriveSeed(seed, depth, branching, vocabulary, multiplicity, number);

    /// <summary>Of the curves of the stacked latent clustering network and of the claim about supervised transformers:
    /// s and v do not enter.</summary>
    /// <param name="seed">Seed of the measurement.</param>
    /// <param name="depth">L.</param>
    /// <param name="multiplicity">m.</param>
    /// <param name="number">Which of the grammars, from 0.</param>
    public static ulong OfDepthAndMultiplicity(ulong seed, int depth, int multiplicity, int number) =>
        RandomStream.DeriveSeed(seed, depth, multiplicity, number);

    /// <summary>Of the measurement in which the number of latents is unknown: L does not enter.</summary>
    /// <param name="seed">Seed of the measurement.</param>
    /// <param name="branching">s.</param>
    /// <param name="vocabulary">v.</param>
    /// <param name="multiplicity">m.</param>
    /// <param name="number">Which of the grammars, from 0.</param>
    public static ulong OfUnknownVocabulary(ulong seed, int branching, int vocabulary, int multiplicity, int number) =>
        RandomStream.DeriveSeed(seed, branching, vocabulary, multiplicity, number);

    /// <summary>Of the averages over grammars that annealed formulas predict: L does not enter, and v comes before s.</summary>
    /// <param name="seed">Seed of the measurement.</param>
    /// <param name="vocabulary">v.</param>
    /// <param name="branching">s.</param>
    /// <param name="multiplicity">m.</param>
    /// <param name="number">Which of the grammars, from 0.</param>
    public static ulong OfAverage(ulong seed, int vocabulary, int branching, int multiplicity, int number) =>
        RandomStream.DeriveSeed(seed, vocabulary, branching, multiplicity, number);

    /// <summary>Of the claims about learners in which one parameter is scanned.</summary>
    /// <param name="seed">Seed of the measurement.</param>
    /// <param name="value">Value of the parameter, v or m.</param>
    /// <param name="number">Which of the grammars, from 0.</param>
    public static ulong OfScan(ulong seed, int value, int number) => RandomStream.DeriveSeed(seed, value, number);

    /// <summary>Of the one grammar in which a training is watched.</summary>
    /// <param name="seed">Seed of the measurement.</param>
    /// <param name="depth">L.</param>
    public static ulong OfDepth(ulong seed, int depth) => RandomStream.DeriveSeed(seed, depth);

    /// <summary>Of the measurements in grammars of a single shape, and of another grammar than that of a seed.</summary>
    /// <param name="seed">Seed of the measurement.</param>
    /// <param name="number">Which of the grammars, from 0.</param>
    public static ulong OfNumber(ulong seed, long number) => RandomStream.DeriveSeed(seed, number);
}
