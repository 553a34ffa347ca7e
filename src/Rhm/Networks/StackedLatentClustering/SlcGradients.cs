namespace Rhm.Networks.StackedLatentClustering;

/// <summary>Where gradients stop (figure 9 of the paper).</summary>
public enum SlcGradients
{
    /// <summary>Local rule: stopped between modules, and between clusterer and predictor. Robust at every depth; the default.</summary>
    Local,

    /// <summary>Stopped between modules only.</summary>
    Module,

    /// <summary>Every loss reaches every parameter below it.</summary>
    EndToEnd,
}
