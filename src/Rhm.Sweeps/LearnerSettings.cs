using Rhm.Learning;

namespace Rhm.Sweeps;

/// <summary>A learner with a choice of its parameters; the same object for all cells that share it.</summary>
/// <param name="Learner">The learner.</param>
/// <param name="Values">Every parameter, the defaults included.</param>
/// <param name="Options">The same as the learner takes it.</param>
public sealed record LearnerSettings(Learner Learner, IReadOnlyDictionary<string, object> Values, object Options)
{
    /// <summary>Sets some parameters; the others keep their defaults.</summary>
    /// <param name="learner">The learner.</param>
    /// <param name="chosen">Values of the parameters' types.</param>
    public static LearnerSettings Of(Learner learner, IReadOnlyDictionary<string, object> chosen)
    {
        ArgumentNullException.ThrowIfNull(learner);
        var values = new SortedDictionary<string, object>(StringComparer.Ordinal);
        foreach (LearnerParameter parameter in learner.Parameters)
            values[parameter.Name] = chosen.GetValueOrDefault(parameter.Name, parameter.Default);
        return new LearnerSettings(learner, values, learner.Options(values));
    }
}
