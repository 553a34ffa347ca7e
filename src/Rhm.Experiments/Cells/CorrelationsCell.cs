using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Population;
using Rhm.Randomness;
using Rhm.Sweeps;

namespace Rhm.Experiments.Cells;

/// <summary>Exact squared correlations of the leftmost tuple of each level with a latent, a token and the root.</summary>
internal static class CorrelationsCell
{
    /// <summary>By the name <c>correlations</c>.</summary>
    public static CellFunction Function { get; } = CellFunction.Define("correlations", 1, new CorrelationsOptions(), Run,
        options => Unlearnable.RefuseForAll(options.Shape), seconds: _ => 0.02);

    /// <summary>The targets and the levels of tuples that have them.</summary>
    public static IReadOnlyList<(Target Target, int Level)> SitesOf(GrammarShape shape) =>
        [.. from target in (Target[])[Target.Latent, Target.Token, Target.Root]
            from level in Enumerable.Range(0, target == Target.Root ? shape.Depth : shape.Depth - 1)
            select (target, level)];

    /// <summary>The measure of a target: <c>latent_level0</c>, from the tuples of the level.</summary>
    public static string NameOf(Target target, int level) => $"{LearnerParameter.Format(target)}_level{level}";

    private static LearningResult Run(CorrelationsOptions options, CellContext context)
    {
        GrammarShape shape = options.Shape;
        PopulationLaws<double> laws =
            PopulationLaws.Of(Grammar.Draw(shape, GrammarSeeds.OfNumber(context.Seed, (int)options.Grammar)));
        var measures = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach ((Target target, int level) in SitesOf(shape))
        {
            Site site = Figure1Correlations.Place(shape, target, level);
            measures[NameOf(target, level)] = laws.Joint(Site.Tuple(level, 0), site).SquaredCorrelation();
        }
        return new LearningResult([]) { Measures = measures };
    }
}
