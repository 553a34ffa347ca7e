using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Levelwise;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Strings;
using Rhm.Sweeps;

namespace Rhm.Experiments.Cells;

/// <summary>How many latents spectral clustering finds without being told their number, and its accuracy beside that with it.</summary>
internal static class UnknownVocabularyCell
{
    private const int HeldOut = 1000;

    private static readonly Learner<SpectralOptions> s_spectral = SpectralLatentClustering.Learner;

    /// <summary>By the name <c>unknown-v</c>; its version is that of the learner <c>spectral</c>.</summary>
    public static CellFunction Function { get; } = CellFunction.Define("unknown-v", s_spectral.Version, new UnknownVocabularyOptions(),
        Run, options => Unlearnable.Refuse(options.Shape),
        options => s_spectral.MemoryBytes(options.Shape, options.Count, new SpectralOptions()),
        options => 3 * s_spectral.Seconds(options.Shape, options.Count, new SpectralOptions()));

    private static LearningResult Run(UnknownVocabularyOptions options, CellContext context)
    {
        GrammarShape shape = options.Shape;
        ulong seed = GrammarSeeds.OfUnknownVocabulary(context.Seed, shape.Branching, shape.Vocabulary, shape.Multiplicity,
            (int)options.Grammar);
        var grammar = Grammar.Draw(shape, seed);
        var strings = new StringSampler(grammar, seed, options.Count);
        var heldOut = new StringSampler(grammar, seed, HeldOut, RandomPurpose.HeldOut);
        LearnedHierarchy Learn(bool estimate) => SpectralLatentClustering.Learn(strings, shape.Branching,
            new SpectralOptions { EstimateLatents = estimate, Seed = seed }, context.Cancellation);
        LearnedHierarchy estimated = Learn(true);
        return new LearningResult([])
        {
            Measures = new SortedDictionary<string, double>(StringComparer.Ordinal)
            {
                ["latents"] = estimated.Levels[^1].SymbolCount,
                ["accuracy_estimated"] = estimated.Accuracy(heldOut)[^1],
                ["accuracy_told"] = Learn(false).Accuracy(heldOut)[^1],
            },
        };
    }
}
