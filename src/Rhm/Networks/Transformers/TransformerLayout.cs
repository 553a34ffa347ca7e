using System.Numerics;
using Rhm.Randomness;

namespace Rhm.Networks.Transformers;

/// <summary>Where every parameter of an encoder, and of the heads that its objective puts on it, stands in one array.</summary>
internal sealed class TransformerLayout
{
    private readonly List<TransformerTensor> _all = [];

    /// <param name="shape">Sizes of the encoder.</param>
    /// <param name="outputs">Outputs of the head; 0 for no head.</param>
    /// <param name="embedsBlocks">Whether there is also a head for blocks seen alone, and a predictor from the one to the other.</param>
    public TransformerLayout(TransformerShape shape, int outputs = 0, bool embedsBlocks = false)
    {
        Shape = shape;
        int d = shape.Width, f = shape.FeedForward;
        Symbols = Add("symbols.weight", shape.Symbols, d, TransformerTensorKind.Embedding);
        Positions = Add("positions.weight", shape.Length, d, TransformerTensorKind.Embedding);
        var blocks = new List<TransformerBlockLayout>();
        for (int l = 0; l < shape.Layers; l++)
        {
            string p = $"blocks.{l}.";
            (TransformerTensor scale1, TransformerTensor shift1) = Norm(p + "norm1", d);
            (TransformerTensor wqkv, TransformerTensor bqkv) = Linear(p + "attention.qkv", d, 3 * d);
            (TransformerTensor wo, TransformerTensor bo) = Linear(p + "attention.out", d, d);
            (TransformerTensor scale2, TransformerTensor shift2) = Norm(p + "norm2", d);
            (TransformerTensor w1, TransformerTensor b1) = Linear(p + "feed_forward.0", d, f);
            (TransformerTensor w2, TransformerTensor b2) = Linear(p + "feed_forward.1", f, d);
            blocks.Add(new TransformerBlockLayout(scale1, shift1, wqkv, bqkv, wo, bo, scale2, shift2, w1, b1, w2, b2));
        }
        Blocks = blocks;
        (FinalScale, FinalShift) = Norm("norm", d);
        EncoderCount = Count;
        if (outputs > 0) (Head, HeadBias) = Linear("head", d, outputs);
        if (!embedsBlocks) return;
        (BlockHead, BlockHeadBias) = Linear("block_head", d, outputs);
        Predictor = Add("predictor.weight", outputs, outputs, TransformerTensorKind.Square);
    }

    public TransformerShape Shape { get; }

    public TransformerTensor Symbols { get; }

    public TransformerTensor Positions { get; }

    public IReadOnlyList<TransformerBlockLayout> Blocks { get; }

    public TransformerTensor FinalScale { get; }

    public TransformerTensor FinalShift { get; }

    public TransformerTensor? Head { get; }

    public TransformerTensor? HeadBias { get; }

    /// <summary>Of the embedding of a block that is seen alone [d_model, k]; null where none is made.</summary>
    public TransformerTensor? BlockHead { get; }

    public TransformerTensor? BlockHeadBias { get; }

    /// <summary>From the embedding of what is in sight to that of the block [k, k].</summary>
    public TransformerTensor? Predictor { get; }

    /// <summary>In the order of the array; the heads last.</summary>
    public IReadOnlyList<TransformerTensor> All => _all;

    /// <summary>Number of parameters.</summary>
    public int Count { get; private set; }

    /// <summary>Number of parameters without the heads: what a teacher has.</summary>
    public int EncoderCount { get; }

    /// <summary>
    /// PyTorch's defaults: weights of linear layers uniform in +- 1/sqrt(inputs), embeddings standard normal; biases 0, scales 1; a
    /// predictor is the identity. One random stream for each tensor.
    /// </summary>
    public T[] Initial<T>(ulong seed) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var parameters = new T[Count];
        for (int i = 0; i < _all.Count; i++)
        {
            Span<T> values = _all[i].Of(parameters);
            var random = StreamOffsets.TransformerWeights.Open(seed, (ulong)i);
            double bound = 1 / Math.Sqrt(_all[i].Rows);
            switch (_all[i].Kind)
            {
                case TransformerTensorKind.Embedding:
                    foreach (ref T value in values) value = T.CreateChecked(random.NextGaussian());
                    break;
                case TransformerTensorKind.Linear:
                    foreach (ref T value in values) value = T.CreateChecked(bound * (2 * random.NextDouble() - 1));
                    break;
                case TransformerTensorKind.Scale:
                    values.Fill(T.One);
                    break;
                case TransformerTensorKind.Square:
                    for (int k = 0; k < _all[i].Rows; k++) values[k * _all[i].Columns + k] = T.One;
                    break;
                default:
                    break;
            }
        }
        return parameters;
    }

    private (TransformerTensor, TransformerTensor) Norm(string name, int width) =>
        (Add(name + ".weight", 1, width, TransformerTensorKind.Scale), Add(name + ".bias", 1, width, TransformerTensorKind.Bias));

    private (TransformerTensor, TransformerTensor) Linear(string name, int inputs, int outputs) =>
        (Add(name + ".weight", inputs, outputs, TransformerTensorKind.Linear), Add(name + ".bias", 1, outputs, TransformerTensorKind.Bias));

    private TransformerTensor Add(string name, int rows, int columns, TransformerTensorKind kind)
    {
        var tensor = new TransformerTensor(name, Count, rows, columns, kind);
        Count = checked(Count + tensor.Length);
        _all.Add(tensor);
        return tensor;
    }
}
