using Rhm.Grammars;

namespace Rhm.Population;

/// <summary>
/// The rules of a symbol of weighted grammars, and averages over N rules that are drawn from those of all symbols: of their shares of the
/// N rules' weight. The averages are integrals over t, because 1/S^k is the integral of t^(k-1) e^(-tS)/(k-1)!, and the average of e^(-tS)
/// over independent rules is a power.
/// </summary>
internal sealed class RuleWeights
{
    // From where e^(-tw) is 1 for every weight to where it is 0, in the logarithm of t: smooth, so that the sum converges fast.
    private const int Points = 600;

    private readonly double[] _weights;
    private readonly double[] _t = new double[Points];
    private readonly double[] _step = new double[Points];
    private readonly (double One, double Two, double Three, double Four)[] _moments = new (double, double, double, double)[Points];

    /// <summary>Rules of probabilities proportional to k^-alpha, k = 1..m.</summary>
    /// <param name="multiplicity">m.</param>
    /// <param name="zipf">alpha.</param>
    public RuleWeights(int multiplicity, double zipf)
    {
        double[] probabilities = Grammar.ZipfProbabilities(multiplicity, zipf);
        Concentration = probabilities.Sum(p => p * p);
        double mass = 0;
        Typical = probabilities.First(p => (mass += p) >= 0.5);
        _weights = [.. probabilities.Select(p => multiplicity * p)];
        double low = Math.Log(1e-9 / _weights[0]), high = Math.Log(700 / _weights[^1]), width = (high - low) / (Points - 1);
        for (int i = 0; i < Points; i++)
        {
            double t = Math.Exp(low + i * width);
            (_t[i], _step[i]) = (t, t * width);
            double Moment(int power) => _weights.Average(w => Math.Pow(w, power) * Math.Exp(-t * w));
            _moments[i] = (Moment(0), Moment(2), Moment(3), Moment(4));
        }
    }

    /// <summary>Sum of the squared probabilities of a symbol's rules: 1/m where they are uniform.</summary>
    public double Concentration { get; }

    /// <summary>Probability of the rule at which half of what is written is written by rules at least as likely: 1/m where they are
    /// uniform.</summary>
    public double Typical { get; }

    /// <summary>Averages of the sums of squares and of cubes of the shares of n rules, and of the square of the first.</summary>
    /// <param name="n">A whole number, at least 1.</param>
    public (double Squares, double Cubes, double SquaredSquares) Shares(double n)
    {
        double squares = 0, cubes = 0, both = 0;
        for (int i = 0; i < Points; i++)
        {
            (double t, double dt) = (_t[i], _step[i]);
            (double one, double two, double three, double four) = _moments[i];
            double others = Math.Pow(one, n - 1);
            squares += dt * t * n * two * others;
            cubes += dt * t * t / 2 * n * three * others;
            double pairs = n > 1 ? n * (n - 1) * two * two * Math.Pow(one, n - 2) : 0;
            both += dt * t * t * t / 6 * (n * four * others + pairs);
        }
        return (squares, cubes, both);
    }

    /// <summary>
    /// Average of 1 over the sum of n terms, each the weight m p of a rule times an independent Gamma variable of mean 1.
    /// </summary>
    /// <param name="n">A whole number, at least 1.</param>
    /// <param name="shape">Of the Gamma law, above 1; infinite for the constant 1.</param>
    public double InverseSum(double n, double shape)
    {
        double low = Math.Log(1e-9 / _weights[0]), high = Math.Log(1e9 / _weights[^1]), width = (high - low) / (Points - 1), sum = 0;
        for (int i = 0; i < Points; i++)
        {
            double t = Math.Exp(low + i * width);
            double transform = double.IsInfinity(shape)
                ? _weights.Average(w => Math.Exp(-t * w))
                : _weights.Average(w => Math.Pow(1 + t * w / shape, -shape));
            sum += t * width * Math.Pow(transform, n);
        }
        return sum;
    }
}
