namespace Rhm.Experiments;

/// <summary>All experiments.</summary>
public static class ExperimentTable
{
    /// <summary>In the order in which help shows them.</summary>
    public static readonly IReadOnlyList<Experiment> All =
    [
        Figure1Correlations.Experiment,
        Figure3Left.Experiment,
        Figure11Left.Experiment,
        Targets.Experiment,
        Fraction.Experiment,
        Figure3Right.Experiment,
        Figure8Targets.Experiment,
        Figure9Local.Experiment,
        Figure10Dynamics.Experiment,
        Figure12Depth.Experiment,
        Objectives.Experiment,
        Masks.Experiment,
        Figure4Data2Vec.Experiment,
        Figure5Synonyms.Experiment,
        Figure13Traces.Experiment,
        Figure14Offline.Experiment,
        SpectralThresholds.Experiment,
        OwnLatents.Experiment,
        Regularisers.Experiment,
        UnknownVocabulary.Experiment,
    ];
}
