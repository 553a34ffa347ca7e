using Rhm.Grammars;

namespace Rhm.Experiments.Measurements;

/// <summary>A convolutional network trained on labelled strings.</summary>
/// <param name="Shape">Of the grammar.</param>
/// <param name="Grammar">Number of the random grammar.</param>
/// <param name="Samples">P.</param>
/// <param name="Accuracy">Share of held-out strings whose root is named right.</param>
internal sealed record ConvolutionRun(GrammarShape Shape, int Grammar, long Samples, double Accuracy);
