using Rhm.Grammars;
using Rhm.Statistics;

namespace Rhm.Experiments.Measurements;

/// <summary>P* of a level for an objective and a multiplicity.</summary>
/// <param name="Objective">The objective.</param>
/// <param name="Level">l.</param>
/// <param name="Shape">Of the grammars.</param>
/// <param name="P">P*, found or a bound.</param>
/// <param name="Untrained">Accuracy of the probe on untrained encoders.</param>
internal sealed record LevelThreshold(EncoderObjective Objective, int Level, GrammarShape Shape, SampleComplexity P, double Untrained);
