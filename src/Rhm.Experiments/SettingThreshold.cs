using Rhm.Grammars;
using Rhm.Levelwise;
using Rhm.Statistics;

namespace Rhm.Experiments;

/// <summary>P* of a learner at a setting, beside what theory says.</summary>
/// <param name="Learner">The learner.</param>
/// <param name="Shape">The setting.</param>
/// <param name="P">P* over grammars.</param>
/// <param name="LeadingOrder">See <see cref="ComparedLearner.LeadingOrder"/>.</param>
/// <param name="Annealed">See <see cref="ComparedLearner.Annealed"/>.</param>
public sealed record SettingThreshold(ComparedLearner Learner, GrammarShape Shape, SampleComplexity P, double LeadingOrder,
    double Annealed);
