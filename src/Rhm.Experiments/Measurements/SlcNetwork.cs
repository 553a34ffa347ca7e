using Rhm.Experiments.Cells;
using Rhm.Grammars;
using Rhm.Sweeps;

namespace Rhm.Experiments.Measurements;

/// <summary>A stacked latent clustering network: trained on so many strings, or untrained where there are none.</summary>
/// <param name="Series">Its series in the sweep file.</param>
/// <param name="Shape">Of the grammar.</param>
/// <param name="Grammar">Number of the random grammar.</param>
/// <param name="Samples">P.</param>
/// <param name="Accuracy">One-to-one accuracy of the highest non-root latents.</param>
/// <param name="Probe">Linear probe of the same.</param>
/// <param name="Root">Probe of the root on the soft tuple below it.</param>
internal sealed record SlcNetwork(string Series, GrammarShape Shape, long Grammar, long Samples, double Accuracy, double Probe, double Root)
{
    /// <summary>The network of a cell.</summary>
    public static SlcNetwork Of(MeasuredCell<FunctionCell> measured)
    {
        var options = (SlcNetworkOptions)measured.Cell.Options;
        IReadOnlyDictionary<string, double> found = measured.Outcome.Measures!;
        return new SlcNetwork(measured.Series, options.Shape, options.Grammar, options.Count, found["accuracy"], found["probe"],
            found["root"]);
    }
}
