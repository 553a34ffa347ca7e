using System.Numerics;
using Rhm.Randomness;

namespace Rhm.Networks.Transformers;

/// <summary>Where every parameter of an encoder, and of the linear head that its objective puts on it, stands in one array.</summary>
internal sealed class TransformerLayout
{
    private readonly List<TransformerTensor> _all = [];

    /// <param name="shape">Sizes of the encoder.</param>
    /// <param name="outputs">Outputs of the head; 0 for no head.</param>
    public TransformerLayout(TransformerShape shape, int outputs = 0)
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
    }

    public TransformerShape Shape { get; }

    public TransformerTensor Symbols { get; }

    public TransformerTensor Positions { get; }

    public IReadOnlyList<TransformerBlockLayout> Blocks { get; }

    public TransformerTensor FinalScale { get; }

    public TransformerTensor FinalShift { get; }

    public TransformerTensor? Head { get; }

    public TransformerTensor? HeadBias { get; }

    /// <summary>In the order of the array; the head last.</summary>
    public IReadOnlyList<TransformerTensor> All => _all;

    /// <summary>Number of parameters.</summary>
    public int Count { get; private set; }

    /// <summary>Number of parameters without the head: what a teacher has.</summary>
    public int EncoderCount { get; }

    /// <summary>
    /// PyTorch's defaults: weights of linear layers uniform in +- 1/sqrt(inputs), embeddings standard normal; biases 0, scales 1. One
    /// random stream for each tensor.
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
