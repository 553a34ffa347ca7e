namespace Rhm.Networks.Transformers;

internal enum TransformerTensorKind
{
    Embedding,
    Linear,
    Bias,
    Scale,
    Square,
}
