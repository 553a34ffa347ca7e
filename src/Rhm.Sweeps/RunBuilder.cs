using Rhm.Learning;
using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>Makes runs at given P.</summary>
internal sealed class RunBuilder(Learner learner) : LearnerCellBuilder(learner, OfRuns, ["L", "s", "v", "m", "P"])
{
    /// <summary>The parameter that says how seeds are found.</summary>
    public const string Seeding = "seeding";

    /// <summary>Seeds of grammars and strings are given.</summary>
    public const string Given = "given";

    private const string Numbered = "numbered";

    /// <summary>What the parameter can be.</summary>
    public static IReadOnlyList<string> Seedings { get; } = [Given, Numbered];

    private readonly Learner _learner = learner;

    /// <inheritdoc/>
    public override bool NumbersGrammars(Func<string, Value> lookUp) => lookUp(Seeding) is Value.Text { Content: Numbered };

    /// <inheritdoc/>
    public override Cell Create(IReadOnlyDictionary<string, object> values, Dictionary<string, LearnerSettings> settings)
    {
        string seeding = Given<string>(values, Seeding);
        if (!Seedings.Contains(seeding))
            throw new ArgumentException($"{Seeding} = \"{seeding}\" is none of: {string.Join(", ", Seedings)}");
        // Numbers begin at 0, seeds at 1.
        long grammar = values.TryGetValue("grammar", out object? chosen) ? (long)chosen : seeding == Numbered ? 0 : 1;
        var cell = new RunCell(Shape(values), Given<double>(values, "zipf"), (long)values["P"], grammar, Given<long>(values, "seed"),
            Given<long>(values, "held_out"), Settings(values, settings))
        {
            Numbered = seeding == Numbered,
            Series = Series,
        };
        _learner.Require(cell.Shape, cell.Samples, cell.Settings.Options);
        return cell;
    }
}
