using Rhm.Grammars;

namespace Rhm.Experiments.Measurements;

/// <summary>One trained learner: its accuracy at levels 1..L-1.</summary>
/// <param name="Learner">Name of the series.</param>
/// <param name="Shape">The setting.</param>
/// <param name="Grammar">Number of the random grammar.</param>
/// <param name="Samples">P.</param>
/// <param name="Accuracy">Of levels 1..L-1.</param>
public sealed record LearningRun(string Learner, GrammarShape Shape, int Grammar, long Samples, IReadOnlyList<double> Accuracy);
