using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Sweeps.Expressions;

namespace Rhm.Sweeps;

/// <summary>What builders of learners' cells share.</summary>
internal abstract class LearnerCellBuilder(Learner learner, IReadOnlyList<LearnerParameter> common, IReadOnlyList<string> required)
    : CellBuilder($"learner {learner.Name}", common, learner.Parameters, required)
{
    /// <inheritdoc/>
    public override Value? Default(string parameter, Func<string, Value> lookUp) =>
        parameter == "learner" ? new Value.Text(learner.Name) : base.Default(parameter, lookUp);

    /// <summary>The learner with what is given; the same object where that is the same.</summary>
    protected LearnerSettings Settings(IReadOnlyDictionary<string, object> values, Dictionary<string, LearnerSettings> known)
    {
        Dictionary<string, object> chosen = Chosen(values);
        string name = learner.Name + string.Concat(chosen.Select(pair => $"\n{pair.Key}={LearnerParameter.Format(pair.Value)}"));
        if (!known.TryGetValue(name, out LearnerSettings? settings)) known[name] = settings = LearnerSettings.Of(learner, chosen);
        return settings;
    }

    /// <summary>The grammars' shape.</summary>
    protected static GrammarShape Shape(IReadOnlyDictionary<string, object> values)
    {
        int? classes = values.TryGetValue("classes", out object? number) ? (int)number : null;
        var shape = new GrammarShape((int)values["L"], (int)values["s"], (int)values["v"], (int)values["m"], classes);
        _ = shape.TokenCount;
        return shape;
    }
}
