using System.Text.Json;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Randomness;
using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>What <see cref="RunCell"/> and <see cref="ThresholdCell"/> share: a grammar, seeds, a learner.</summary>
/// <param name="Shape">L, s, v, m and the number of classes.</param>
/// <param name="Zipf">Exponent of the rule probabilities.</param>
/// <param name="Grammar">Seed of the grammar, or its number.</param>
/// <param name="Seed">Seed of strings and learner.</param>
/// <param name="HeldOut">Number of held-out strings.</param>
/// <param name="Settings">The learner.</param>
public abstract record LearnerCell(GrammarShape Shape, double Zipf, long Grammar, long Seed, long HeldOut, LearnerSettings Settings) : Cell
{
    private static readonly HashSet<string> s_ofLibrary = [.. new LearnerCatalog().All.Select(learner => learner.Name)];

    /// <inheritdoc/>
    internal override bool SharesThreads => s_ofLibrary.Contains(Settings.Learner.Name);

    /// <inheritdoc/>
    public override string Worker => Settings.Learner.Name;

    /// <inheritdoc/>
    public override int Version => Settings.Learner.Version;

    /// <inheritdoc/>
    public override IEnumerable<string> ParameterNames => Own.Select(own => own.Name).Append("learner").Concat(Settings.Values.Keys);

    /// <summary>The parameters of the cell itself.</summary>
    private protected virtual IEnumerable<(string Name, object Value)> Own =>
    [
        ("L", Shape.Depth), ("s", Shape.Branching), ("v", Shape.Vocabulary), ("m", Shape.Multiplicity), ("classes", Shape.Classes),
        ("zipf", Zipf), ("grammar", Grammar), ("seed", Seed), ("held_out", HeldOut),
    ];

    /// <inheritdoc/>
    private protected override IEnumerable<(string Name, object Value)> Fields =>
    [
        .. Own, ("learner", Worker), ("learner_version", Version), ("model_version", LearningProblem.ModelVersion),
        .. Settings.Values.Select(pair => (pair.Key, pair.Value)),
    ];

    /// <inheritdoc/>
    public override Value ValueOf(string name)
    {
        if (name is "learner" or "kind") return new Value.Text(name == "kind" ? Kind : Worker);
        if (Settings.Values.TryGetValue(name, out object? value)) return ToValue(value);
        object? found = Own.FirstOrDefault(own => own.Name == name).Value;
        return found is null ? Value.Missing.Instance : ToValue(found);
    }

    /// <summary>The seed of grammar number g, as thresholds have it: a function of the seed, L, s, v, m and g.</summary>
    internal static ulong SeedOf(long seed, GrammarShape shape, long number) => GrammarSeeds.OfShape(
        (ulong)seed, shape.Depth, shape.Branching, shape.Vocabulary, shape.Multiplicity, (int)number);

    private protected static GrammarShape ShapeOf(JsonElement root)
    {
        int Number(string name) => root.GetProperty(name).GetInt32();
        return new GrammarShape(Number("L"), Number("s"), Number("v"), Number("m"), Number("classes"));
    }

    private protected static LearnerSettings SettingsOf(JsonElement root, LearnerCatalog learners)
    {
        Learner learner = learners.Find(root.GetProperty("learner").GetString()!);
        return LearnerSettings.Of(learner, CanonicalJson.Values(root, learner.Parameters));
    }
}
