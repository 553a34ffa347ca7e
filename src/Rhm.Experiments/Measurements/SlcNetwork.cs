using Rhm.Grammars;

namespace Rhm.Experiments.Measurements;

/// <summary>A stacked latent clustering network: trained on so many strings, or untrained where there are none.</summary>
/// <param name="Series">Name of its <see cref="SlcSeries"/>.</param>
/// <param name="Shape">Of the grammar.</param>
/// <param name="Grammar">Number of the random grammar.</param>
/// <param name="Samples">P.</param>
/// <param name="Steps">Training steps.</param>
/// <param name="Accuracy">One-to-one accuracy of the highest non-root latents.</param>
/// <param name="Probe">Linear probe of the same.</param>
/// <param name="Root">Probe of the root on the soft tuple below it.</param>
/// <param name="Seconds">What it took.</param>
internal sealed record SlcNetwork(string Series, GrammarShape Shape, int Grammar, long Samples, long Steps, double Accuracy, double Probe,
    double Root, double Seconds);
