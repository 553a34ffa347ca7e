using System.Numerics;

namespace Rhm.Population;

/// <summary>Entropies and mutual information, in nats.</summary>
public static class Information
{
    /// <summary>-sum p log p; terms of probability 0 count 0.</summary>
    /// <param name="law">Probabilities.</param>
    public static double Entropy(ReadOnlySpan<double> law)
    {
        double entropy = 0;
        foreach (double p in law)
        {
            if (p > 0) entropy -= p * Math.Log(p);
        }
        return entropy;
    }

    /// <summary>I(A; B) = sum over a, b of P[a, b] log(P[a, b] / (P[a] P[b])). Not negative up to rounding.</summary>
    /// <param name="joint">The joint law.</param>
    public static double MutualInformation(this JointLaw<double> joint)
    {
        ArgumentNullException.ThrowIfNull(joint);
        double[] rows = joint.RowLaw(), columns = joint.ColumnLaw();
        double information = 0;
        for (int a = 0; a < joint.Rows; a++)
        {
            for (int b = 0; b < joint.Columns; b++)
            {
                double p = joint[a, b];
                if (p > 0) information += p * Math.Log(p / (rows[a] * columns[b]));
            }
        }
        return information;
    }

    /// <summary>H(A | B) = H(A, B) - H(B).</summary>
    /// <param name="joint">The joint law of A (rows) and B (columns).</param>
    public static double ConditionalEntropy(this JointLaw<double> joint)
    {
        ArgumentNullException.ThrowIfNull(joint);
        double entropy = -Entropy(joint.ColumnLaw());
        for (int a = 0; a < joint.Rows; a++) entropy += Entropy(joint.Row(a));
        return entropy;
    }

    /// <summary>The same table in double precision.</summary>
    /// <param name="joint">An exact law.</param>
    public static JointLaw<double> ToDouble(this JointLaw<Rational> joint)
    {
        ArgumentNullException.ThrowIfNull(joint);
        var result = new JointLaw<double>(joint.Rows, joint.Columns);
        for (int a = 0; a < joint.Rows; a++)
        {
            for (int b = 0; b < joint.Columns; b++) result[a, b] = joint[a, b].ToDouble();
        }
        return result;
    }

    /// <summary>
    /// The sign of I(first) - I(second), exactly: with N a common denominator, exp(N I) is the fraction
    /// prod P[a,b]^(N P[a,b]) / (prod P[a]^(N P[a]) prod P[b]^(N P[b])), so no logarithm is needed. Cost grows with N: for small grammars.
    /// </summary>
    /// <param name="first">An exact law.</param>
    /// <param name="second">Another.</param>
    public static int CompareInformation(JointLaw<Rational> first, JointLaw<Rational> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        BigInteger n = CommonDenominator(CommonDenominator(BigInteger.One, first), second);
        (BigInteger numerator1, BigInteger denominator1) = InformationPower(first, n);
        (BigInteger numerator2, BigInteger denominator2) = InformationPower(second, n);
        return (numerator1 * denominator2).CompareTo(numerator2 * denominator1);
    }

    private static BigInteger CommonDenominator(BigInteger n, JointLaw<Rational> joint)
    {
        for (int a = 0; a < joint.Rows; a++)
        {
            foreach (Rational p in joint.Row(a)) n *= p.Denominator / BigInteger.GreatestCommonDivisor(n, p.Denominator);
        }
        return n;
    }

    /// <summary>exp(N I), up to a power of N that does not depend on the law.</summary>
    private static (BigInteger Numerator, BigInteger Denominator) InformationPower(JointLaw<Rational> joint, BigInteger n)
    {
        BigInteger numerator = BigInteger.One, denominator = BigInteger.One;
        for (int a = 0; a < joint.Rows; a++)
        {
            foreach (Rational p in joint.Row(a)) numerator *= SelfPower(p);
        }
        foreach (Rational p in joint.RowLaw()) denominator *= SelfPower(p);
        foreach (Rational p in joint.ColumnLaw()) denominator *= SelfPower(p);
        return (numerator, denominator);

        BigInteger SelfPower(Rational p)
        {
            BigInteger count = p.Numerator * (n / p.Denominator);
            return BigInteger.Pow(count, (int)count);
        }
    }
}
