namespace Rhm.Networks.Transformers;

/// <summary>The parameters of a block: LayerNorm, attention (queries, keys and values side by side), LayerNorm, feed-forward.</summary>
internal sealed record TransformerBlockLayout(
    TransformerTensor Scale1, TransformerTensor Shift1,
    TransformerTensor Wqkv, TransformerTensor Bqkv, TransformerTensor Wo, TransformerTensor Bo,
    TransformerTensor Scale2, TransformerTensor Shift2,
    TransformerTensor W1, TransformerTensor B1, TransformerTensor W2, TransformerTensor B2);
