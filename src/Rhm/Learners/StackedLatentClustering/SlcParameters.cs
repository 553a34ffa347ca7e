using System.Numerics;
using Rhm.Sampling;

namespace Rhm.Learners;

/// <summary>A weight matrix or bias: where it stands in the array of all parameters.</summary>
/// <param name="Name">Its name in a checkpoint, that of the PyTorch program in benchmarks/peers.</param>
/// <param name="Offset">First entry.</param>
/// <param name="Blocks">s for the layers whose outputs or inputs are split by the tuple's own position i, else 1.</param>
/// <param name="Rows">Inputs of each block (1 for a bias).</param>
/// <param name="Columns">Outputs of each block.</param>
internal sealed record SlcTensor(string Name, int Offset, int Blocks, int Rows, int Columns)
{
    public int BlockLength => Rows * Columns;

    public int Length => Blocks * BlockLength;

    /// <summary>Where block i starts.</summary>
    public int Block(int i) => Offset + i * BlockLength;

    public Span<T> Of<T>(T[] all) => all.AsSpan(Offset, Length);

    public Span<T> Of<T>(T[] all, int block) => all.AsSpan(Block(block), BlockLength);
}

/// <summary>The parameters of module l: predictor W1 W2 W3, clusterer V1 V2 V3, each with its bias. Matrices are inputs x outputs.</summary>
internal sealed record SlcModuleLayout(SlcTensor W1, SlcTensor B1, SlcTensor W2, SlcTensor B2, SlcTensor W3, SlcTensor B3,
    SlcTensor V1, SlcTensor C1, SlcTensor V2, SlcTensor C2, SlcTensor V3, SlcTensor C3)
{
    /// <summary>In the order of the array.</summary>
    public SlcTensor[] All => [W1, B1, W2, B2, W3, B3, V1, C1, V2, C2, V3, C3];
}

/// <summary>Where every parameter of a network stands in one array.</summary>
internal sealed class SlcLayout
{
    public SlcLayout(SlcShape shape)
    {
        Shape = shape;
        var modules = new List<SlcModuleLayout>();
        for (int l = 0; l < shape.Modules; l++)
        {
            int s = shape.Branching, d = shape.Entries(l), c = shape.SlotsPerPosition * d, w = shape.Width;
            string p = $"levels.{l}.predictor.", q = $"levels.{l}.clusterer.";
            modules.Add(new SlcModuleLayout(
                Add(p + "0.weight", 1, s * d, w), Add(p + "0.bias", 1, 1, w), Add(p + "1.weight", 1, w, w), Add(p + "1.bias", 1, 1, w),
                Add(p + "2.weight", s, w, c), Add(p + "2.bias", s, 1, c),
                Add(q + "0.weight", s, c, w), Add(q + "0.bias", 1, 1, w), Add(q + "1.weight", 1, w, w), Add(q + "1.bias", 1, 1, w),
                Add(q + "2.weight", 1, w, shape.Codes), Add(q + "2.bias", 1, 1, shape.Codes)));
        }
        Modules = modules;

        SlcTensor Add(string name, int blocks, int rows, int columns)
        {
            var tensor = new SlcTensor(name, Count, blocks, rows, columns);
            Count += tensor.Length;
            return tensor;
        }
    }

    public SlcShape Shape { get; }

    public IReadOnlyList<SlcModuleLayout> Modules { get; }

    /// <summary>Number of parameters.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Uniform in +- 1/sqrt(inputs), weights and biases: PyTorch's default for linear layers. But for the first layer of a predictor: of its
    /// s d_l inputs, s are near 1 and the others near 0, and uniform in +- sqrt(3/s) gives its sums the variance 1. With PyTorch's bound
    /// they have 1/(3 d_l), tuples look alike to the layers above, and a level takes several times as many steps.
    /// </summary>
    public T[] Initial<T>(ulong seed) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var parameters = new T[Count];
        ulong block = 0;
        foreach (SlcModuleLayout module in Modules)
        {
            SlcTensor[] all = module.All;
            for (int i = 0; i < all.Length; i++, block++)
            {
                SlcTensor weight = all[i - i % 2];
                // The first layer of the clusterer reads all s blocks, the last of the predictor writes them.
                double bound = all[i] == module.W1 ? Math.Sqrt(3.0 / Shape.Branching) : 1 / Math.Sqrt(weight == module.V1 ? weight.Blocks * weight.Rows : weight.Rows);
                var random = new RandomStream(seed, RandomPurpose.Training, block);
                foreach (ref T value in all[i].Of(parameters)) value = T.CreateChecked(bound * (2 * random.NextDouble() - 1));
            }
        }
        return parameters;
    }
}
