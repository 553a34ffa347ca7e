using Rhm.Learning;
using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>Makes thresholds.</summary>
internal sealed class ThresholdBuilder(Learner learner) : LearnerCellBuilder(learner, OfThresholdsOf(learner), ["L", "s", "v", "m"])
{
    private readonly Learner _learner = learner;

    /// <inheritdoc/>
    public override bool NumbersGrammars(Func<string, Value> lookUp) => true;

    /// <inheritdoc/>
    public override Cell Create(IReadOnlyDictionary<string, object> values, Dictionary<string, LearnerSettings> settings)
    {
        var cell = new ThresholdCell(Shape(values), values.TryGetValue("grammar", out object? number) ? (long)number : 0,
            Given<long>(values, "seed"), Given<long>(values, "held_out"), Settings(values, settings),
            Given<double>(values, ThresholdCell.StartName(_learner)), Given<long>(values, "most"), Given<double>(values, "threshold"),
            Given<bool>(values, "all_levels"), Given<double>(values, "zipf"))
        {
            Series = Series,
        };
        if (cell.Shape.Multiplicity == 1) throw new ArgumentException("m = 1: there are no synonyms to group, and there is no P*");
        if (cell.Shape.Depth == 1) throw new ArgumentException("L = 1: there is no level below the root, and there is no P*");
        _learner.Require(cell.Shape, cell.Most, cell.Settings.Options);
        return cell;
    }
}
