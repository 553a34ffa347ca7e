namespace Rhm.Networks.StackedLatentClustering;

/// <summary>
/// The parameters of module l: predictor W1 W2 W3, clusterer V1 V2 V3, each with its bias. Matrices are inputs x outputs.
/// </summary>
internal sealed record SlcModuleLayout(SlcTensor W1, SlcTensor B1, SlcTensor W2, SlcTensor B2, SlcTensor W3, SlcTensor B3,
    SlcTensor V1, SlcTensor C1, SlcTensor V2, SlcTensor C2, SlcTensor V3, SlcTensor C3)
{
    /// <summary>In the order of the array.</summary>
    public SlcTensor[] All => [W1, B1, W2, B2, W3, B3, V1, C1, V2, C2, V3, C3];
}
