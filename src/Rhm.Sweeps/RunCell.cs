using System.Text.Json;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Population;
using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>One run of a learner at a given P: a grammar, a number of strings, seeds, a learner.</summary>
/// <param name="Shape">L, s, v, m and the number of classes.</param>
/// <param name="Zipf">Exponent of the rule probabilities.</param>
/// <param name="Samples">P.</param>
/// <param name="Grammar">Seed of the grammar; its number where <see cref="Numbered"/>.</param>
/// <param name="Seed">Seed of strings and learner; where <see cref="Numbered"/> that from which all seeds are derived.</param>
/// <param name="HeldOut">Number of held-out strings.</param>
/// <param name="Settings">The learner.</param>
public sealed record RunCell(GrammarShape Shape, double Zipf, long Samples, long Grammar, long Seed, long HeldOut, LearnerSettings Settings)
    : LearnerCell(Shape, Zipf, Grammar, Seed, HeldOut, Settings)
{
    /// <summary>Its <see cref="Cell.Kind"/>.</summary>
    public const string KindName = "run";

    private const string SeedingName = "seeding", NumberedName = "numbered";

    /// <summary>
    /// Whether grammars are numbered, as in thresholds: the seed of the grammar, its strings and the learner is a function of the seed, L,
    /// s, v, m and the number. The same runs are then those of a <see cref="ThresholdCell"/>.
    /// </summary>
    public bool Numbered { get; init; }

    /// <inheritdoc/>
    public override string Kind => KindName;

    /// <inheritdoc/>
    public override double MemoryBytes => Settings.Learner.MemoryBytes(Shape, Samples, Settings.Options);

    /// <inheritdoc/>
    public override double Seconds => Settings.Learner.Seconds(Shape, Samples, Settings.Options);

    /// <inheritdoc/>
    public override string Title => $"{Worker} {Shape} P={Samples}";

    /// <inheritdoc/>
    public override IEnumerable<string> Warnings =>
        Unlearnable.Warnings(Shape, Samples, Settings.Values.GetValueOrDefault("target") is Target.Root);

    /// <inheritdoc/>
    private protected override IEnumerable<(string Name, object Value)> Own =>
        [.. base.Own, ("P", Samples), .. Numbered ? [(SeedingName, (object)NumberedName)] : Array.Empty<(string, object)>()];

    /// <inheritdoc/>
    public override LearningResult Run(int threads, CancellationToken cancellation)
    {
        ulong strings = Numbered ? SeedOf(Seed, Shape, Grammar) : (ulong)Seed;
        var grammar = Grammars.Grammar.Draw(Shape, Numbered ? strings : (ulong)Grammar, Zipf);
        var problem = new LearningProblem(grammar, Samples)
        {
            Seed = strings,
            HeldOut = HeldOut,
            Threads = threads,
            Cancellation = cancellation,
        };
        return Settings.Learner.Learn(problem, Settings.Options);
    }

    /// <inheritdoc/>
    public override Value ValueOf(string name) => name == "P" ? Value.Of(Samples) : base.ValueOf(name);

    /// <summary>The cell of a canonical form.</summary>
    internal static RunCell Of(JsonElement root, LearnerCatalog learners)
    {
        long Long(string name) => root.GetProperty(name).GetInt64();
        bool numbered = root.TryGetProperty(SeedingName, out JsonElement seeding) && seeding.GetString() == NumberedName;
        return new RunCell(ShapeOf(root), root.GetProperty("zipf").GetDouble(), Long("P"), Long("grammar"), Long("seed"), Long("held_out"),
            SettingsOf(root, learners))
        {
            Numbered = numbered,
        };
    }
}
