using Rhm.Sweeps;

namespace Rhm.Experiments.Cells;

/// <summary>The functions that sweep files of experiments call by name, for what is no learner.</summary>
public static class ExperimentFunctions
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<CellFunction> All { get; } =
        [
            SlcNetworkCell.Function, SlcTrainingCell.Function, UnknownVocabularyCell.Function, CorrelationsCell.Function,
            MaskedEncoderCell.Function,
        ];
}
