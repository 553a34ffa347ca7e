using Rhm.Grammars;

namespace Rhm.Experiments.Measurements;

/// <summary>One training of an encoder.</summary>
/// <param name="Objective">What is minimised.</param>
/// <param name="Shape">Of the grammar.</param>
/// <param name="Grammar">Number of the random grammar.</param>
/// <param name="Unique">P, strings that are read again and again; 0 for fresh strings.</param>
/// <param name="Budget">Strings read in all, repetitions included.</param>
internal sealed record EncoderCell(EncoderObjective Objective, GrammarShape Shape, int Grammar, long Unique, long Budget);
