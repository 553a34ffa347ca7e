using System.Numerics;

namespace Rhm.Population;

/// <summary>
/// Exact context vectors phi(a) = E[e_Z | A = a], one row for each value a of a variable (a tuple, or its parent), laws of one
/// target Z or of several, concatenated (section 3 of the paper).
/// </summary>
/// <typeparam name="T">double or <see cref="Rational"/>.</typeparam>
public sealed class ContextVectors<T>
    where T : struct, IAdditionOperators<T, T, T>, ISubtractionOperators<T, T, T>, IMultiplyOperators<T, T, T>, IDivisionOperators<T, T, T>,
        IAdditiveIdentity<T, T>, IMultiplicativeIdentity<T, T>, IComparisonOperators<T, T, bool>
{
    internal ContextVectors(IReadOnlyList<T[]?> vectors) => Vectors = vectors;

    /// <summary>The vectors; null for a value that never occurs.</summary>
    public IReadOnlyList<T[]?> Vectors { get; }

    /// <summary>|phi(a) - phi(b)|^2.</summary>
    /// <param name="a">A value that occurs.</param>
    /// <param name="b">Another.</param>
    public T SquaredDistance(int a, int b) => Distance(a, b, d => d * d);

    /// <summary>Half the sum of |phi(a)_z - phi(b)_z|: the total variation, when there is one target.</summary>
    /// <param name="a">A value that occurs.</param>
    /// <param name="b">Another.</param>
    public T TotalVariation(int a, int b) =>
        Distance(a, b, d => d < T.AdditiveIdentity ? T.AdditiveIdentity - d : d) / (T.MultiplicativeIdentity + T.MultiplicativeIdentity);

    /// <summary>All |phi(a) - phi(b)|^2, a &lt; b, of values that occur.</summary>
    public IEnumerable<(int A, int B, T SquaredDistance)> Separations()
    {
        for (int b = 0; b < Vectors.Count; b++)
        {
            for (int a = 0; a < b; a++)
            {
                if (Vectors[a] is not null && Vectors[b] is not null) yield return (a, b, SquaredDistance(a, b));
            }
        }
    }

    /// <summary>Smallest and mean |phi(a) - phi(b)|^2 over the pairs of values that occur.</summary>
    /// <exception cref="ArgumentException">Fewer than two values occur.</exception>
    public (T Least, T Mean) Separation()
    {
        T sum = T.AdditiveIdentity, count = T.AdditiveIdentity;
        T? least = null;
        foreach ((_, _, T distance) in Separations())
        {
            sum += distance;
            count += T.MultiplicativeIdentity;
            if (least is null || distance < least.Value) least = distance;
        }
        return least is null ? throw new ArgumentException("fewer than two values occur: there is no separation")
            : (least.Value, sum / count);
    }

    private T Distance(int a, int b, Func<T, T> measure)
    {
        T[] x = Require(a), y = Require(b);
        T sum = T.AdditiveIdentity;
        for (int z = 0; z < x.Length; z++) sum += measure(x[z] - y[z]);
        return sum;
    }

    private T[] Require(int a) => a >= 0 && a < Vectors.Count && Vectors[a] is T[] vector
        ? vector
        : throw new ArgumentException($"value {a} has no context vector: it is outside 0..{Vectors.Count - 1} or never occurs");
}
