using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>Makes calls of a function.</summary>
internal sealed class FunctionBuilder(CellFunction function)
    : CellBuilder($"kind {function.Name}", OfFunctions, function.Parameters, [])
{
    /// <inheritdoc/>
    public override bool NumbersGrammars(Func<string, Value> lookUp) => true;

    /// <inheritdoc/>
    public override Cell Create(IReadOnlyDictionary<string, object> values, Dictionary<string, LearnerSettings> settings)
    {
        FunctionCell cell = FunctionCell.Of(function, Chosen(values), Given<long>(values, "seed")) with { Series = Series };
        function.Require(cell.Options);
        return cell;
    }
}
