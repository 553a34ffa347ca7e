using Rhm.Randomness;

namespace Rhm.Networks.Transformers;

/// <summary>
/// Which blocks of neighbouring tokens of a batch are masked: each by <see cref="TransformerTraining.MaskShare"/>, or so many of every
/// string; blocks of a string do not overlap.
/// </summary>
internal static class BlockMask
{
    /// <summary>First rows of the masked blocks, ascending; at least one.</summary>
    /// <param name="rows">B T.</param>
    /// <param name="length">T.</param>
    /// <param name="training">Length, place and number of the blocks.</param>
    /// <param name="random">Of the masks.</param>
    public static List<int> Draw(int rows, int length, TransformerTraining training, RandomStream random)
    {
        var starts = new List<int>();
        // Small batches can have no masked token at first.
        while (starts.Count == 0)
        {
            for (int first = 0; first < rows; first += length) AddOfString(first, length, training, random, starts);
        }
        return starts;
    }

    private static void AddOfString(int first, int length, TransformerTraining training, RandomStream random, List<int> starts)
    {
        int span = training.MaskSpan, offset = training.MaskAligned ? 0 : (int)random.NextBelow((ulong)span);
        int blocks = (length - offset) / span, wanted = training.MaskBlocks ?? 0;
        for (int block = 0; block < blocks; block++)
        {
            // So many of so many that are left, each subset as likely as the others (Knuth, volume 2, algorithm 3.4.2 S).
            bool masked = training.MaskBlocks is null
                ? random.NextDouble() < training.MaskShare
                : random.NextDouble() * (blocks - block) < wanted;
            if (!masked) continue;
            wanted--;
            starts.Add(first + offset + block * span);
        }
    }
}
