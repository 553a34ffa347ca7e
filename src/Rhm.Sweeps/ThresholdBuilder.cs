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
        int level = Given<int>(values, ThresholdCell.HiddenLevelName);
        var cell = new ThresholdCell(Shape(values), values.TryGetValue("grammar", out object? number) ? (long)number : 0,
            Given<long>(values, "seed"), Given<long>(values, "held_out"), Settings(values, settings),
            Given<double>(values, ThresholdCell.StartName(_learner)), Given<long>(values, "most"), Given<double>(values, "threshold"),
            Given<bool>(values, "all_levels"), Given<double>(values, "zipf"))
        {
            HiddenLevel = level == 0 ? null : level,
            Series = Series,
        };
        if (cell.Shape.Multiplicity == 1) throw new ArgumentException("m = 1: there are no synonyms to group, and there is no P*");
        if (cell.Shape.Depth == 1) throw new ArgumentException("L = 1: there is no level below the root, and there is no P*");
        int top = cell.Shape.Depth - 1;
        if (level > top) throw new ArgumentException($"{ThresholdCell.HiddenLevelName} = {level} is none of the hidden levels 1..{top}");
        if (level > 0 && cell.AllLevels)
            throw new ArgumentException($"{ThresholdCell.HiddenLevelName} = {level}: all_levels finds P* of every level anyway");
        _learner.Require(cell.Shape, cell.Most, cell.Settings.Options);
        return cell;
    }
}
