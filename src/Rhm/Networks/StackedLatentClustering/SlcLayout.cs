using System.Numerics;
using Rhm.Randomness;

namespace Rhm.Networks.StackedLatentClustering;

/// <summary>Where every parameter of a network stands in one array.</summary>
internal sealed class SlcLayout
{
    public SlcLayout(SlcShape shape, SlcTargets targets)
    {
        Shape = shape;
        var modules = new List<SlcModuleLayout>();
        for (int l = 0; l < shape.Modules; l++)
        {
            int s = shape.Branching, d = shape.Entries(l), w = shape.Width;
            (int slots, int entries) = Slots(shape, l, targets);
            int c = slots * entries;
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
            Count = checked(Count + tensor.Length);
            return tensor;
        }
    }

    public SlcShape Shape { get; }

    /// <summary>What a tuple at a given position below its grandparent predicts: so many latents of so many entries.</summary>
    public static (int Slots, int Entries) Slots(SlcShape shape, int level, SlcTargets targets) => targets == SlcTargets.Own
        ? (shape.Branching - 1, shape.Codes)
        : (shape.SlotsPerPosition, shape.Entries(level));

    public IReadOnlyList<SlcModuleLayout> Modules { get; }

    /// <summary>Number of parameters.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// Uniform in +- 1/sqrt(inputs), weights and biases: PyTorch's default for linear layers. But for the first layer of a predictor: of
    /// its s d_l inputs, s are near 1 and the others near 0, and uniform in +- sqrt(3/s) gives its sums the variance 1. With PyTorch's
    /// bound they have 1/(3 d_l), tuples look alike to the layers above, and a level takes several times as many steps.
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
                int inputs = weight == module.V1 ? weight.Blocks * weight.Rows : weight.Rows;
                double bound = all[i] == module.W1 ? Math.Sqrt(3.0 / Shape.Branching) : 1 / Math.Sqrt(inputs);
                var random = StreamOffsets.SlcWeights.Open(seed, block);
                foreach (ref T value in all[i].Of(parameters)) value = T.CreateChecked(bound * (2 * random.NextDouble() - 1));
            }
        }
        return parameters;
    }
}
