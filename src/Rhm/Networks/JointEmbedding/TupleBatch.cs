namespace Rhm.Networks.JointEmbedding;

/// <summary>The distinct tuples of a level in a batch of strings.</summary>
/// <param name="Children">[tuples, s]: tokens at the lowest level, numbers of tuples of the level below elsewhere.</param>
/// <param name="Branching">s.</param>
/// <param name="Pairs">How often they are cousins, for each pair of child positions; pairs in the order of strings.</param>
internal sealed record TupleBatch(int[] Children, int Branching, IReadOnlyList<CousinPairs> Pairs)
{
    /// <summary>The tuples of the lowest levels, numbered in the order in which they appear.</summary>
    /// <param name="tokens">[strings, s^L].</param>
    /// <param name="branching">s.</param>
    /// <param name="vocabulary">v.</param>
    /// <param name="levels">L-1.</param>
    public static IEnumerable<TupleBatch> Of(ushort[] tokens, int branching, int vocabulary, int levels)
    {
        int[] nodes = [.. tokens];
        int symbols = vocabulary;
        for (int l = 0; l < levels; l++)
        {
            (int[] numbers, int[] children) = Number(nodes, branching, symbols);
            nodes = numbers;
            symbols = children.Length / branching;
            yield return new TupleBatch(children, branching, [.. PairsOf(numbers, branching, symbols)]);
        }
    }

    /// <summary>The elements, one-hot, [tuples, s v].</summary>
    public float[] OneHot(int vocabulary)
    {
        var inputs = new float[Children.Length * vocabulary];
        for (int at = 0; at < Children.Length; at++) inputs[at * vocabulary + Children[at]] = 1;
        return inputs;
    }

    /// <summary>The elements' embeddings side by side, [tuples, s d].</summary>
    public float[] Elements(double[] z, int dimension)
    {
        var inputs = new float[Children.Length * dimension];
        for (int at = 0; at < Children.Length; at++)
        {
            for (int k = 0; k < dimension; k++) inputs[at * dimension + k] = (float)z[Children[at] * dimension + k];
        }
        return inputs;
    }

    /// <summary>Adds the gradient with respect to the elements to that of the tuples below.</summary>
    public void AddTo(double[] gradient, float[] ofInputs, int dimension)
    {
        for (int at = 0; at < Children.Length; at++)
        {
            for (int k = 0; k < dimension; k++) gradient[Children[at] * dimension + k] += ofInputs[at * dimension + k];
        }
    }

    /// <summary>Numbers of tuples, found prefix by prefix.</summary>
    private static (int[] Numbers, int[] Children) Number(int[] nodes, int branching, int symbols)
    {
        var prefixes = new Dictionary<long, int>[branching - 1];
        for (int i = 0; i < prefixes.Length; i++) prefixes[i] = [];
        var numbers = new int[nodes.Length / branching];
        var children = new List<int>();
        for (int node = 0; node < numbers.Length; node++)
        {
            ReadOnlySpan<int> tuple = nodes.AsSpan(node * branching, branching);
            int number = tuple[0];
            for (int i = 1; i < branching; i++)
            {
                long key = (long)number * symbols + tuple[i];
                if (prefixes[i - 1].TryGetValue(key, out int known))
                {
                    number = known;
                    continue;
                }
                number = prefixes[i - 1][key] = prefixes[i - 1].Count;
                if (i == branching - 1) children.AddRange(tuple);
            }
            numbers[node] = number;
        }
        return (numbers, [.. children]);
    }

    private static IEnumerable<CousinPairs> PairsOf(int[] numbers, int branching, int tuples)
    {
        int grandparents = numbers.Length / branching;
        for (int i = 0; i < branching; i++)
        {
            for (int j = i + 1; j < branching; j++)
            {
                yield return CousinPairs.Even([.. Enumerable.Range(0, grandparents).Select(g => numbers[g * branching + i])],
                    [.. Enumerable.Range(0, grandparents).Select(g => numbers[g * branching + j])], tuples);
            }
        }
    }
}
