using System.Globalization;
using System.Numerics;

namespace Rhm.Population;

/// <summary>An exact fraction of two integers of any size, always in lowest terms with a positive denominator.</summary>
public readonly struct Rational : IEquatable<Rational>, IAdditionOperators<Rational, Rational, Rational>,
    ISubtractionOperators<Rational, Rational, Rational>, IMultiplyOperators<Rational, Rational, Rational>,
    IDivisionOperators<Rational, Rational, Rational>, IAdditiveIdentity<Rational, Rational>,
    IMultiplicativeIdentity<Rational, Rational>, IComparisonOperators<Rational, Rational, bool>
{
    // The default value of the structure is 0/1.
    private readonly BigInteger _denominatorMinusOne;

    /// <summary>numerator / denominator.</summary>
    /// <param name="numerator">Any integer.</param>
    /// <param name="denominator">Not 0.</param>
    /// <exception cref="DivideByZeroException">The denominator is 0.</exception>
    public Rational(BigInteger numerator, BigInteger denominator)
    {
        if (denominator.IsZero) throw new DivideByZeroException("a fraction has denominator 0");
        BigInteger divisor = BigInteger.GreatestCommonDivisor(numerator, denominator);
        if (denominator.Sign < 0) divisor = -divisor;
        Numerator = numerator / divisor;
        _denominatorMinusOne = denominator / divisor - 1;
    }

    private Rational(BigInteger integer) => Numerator = integer;

    /// <summary>The numerator, with the sign.</summary>
    public BigInteger Numerator { get; }

    /// <summary>The denominator, at least 1.</summary>
    public BigInteger Denominator => _denominatorMinusOne + 1;

    /// <summary>0.</summary>
    public static Rational AdditiveIdentity => default;

    /// <summary>1.</summary>
    public static Rational MultiplicativeIdentity => new(BigInteger.One);

    /// <summary>The fraction that a finite double is, a multiple of a power of two.</summary>
    /// <param name="value">A finite number.</param>
    /// <exception cref="ArgumentException">The number is not finite.</exception>
    public static Rational FromDouble(double value)
    {
        if (!double.IsFinite(value)) throw new ArgumentException($"{value} is not a fraction");
        if (value == 0) return default;
        int exponent = Math.ILogB(value) - 52;
        var mantissa = (BigInteger)Math.ScaleB(value, -exponent);
        return exponent >= 0
            ? new Rational(mantissa << exponent)
            : new Rational(mantissa, BigInteger.One << -exponent);
    }

    /// <summary>An integer.</summary>
    public static implicit operator Rational(long value) => new(value);

    /// <summary>The nearest double, up to two roundings.</summary>
    public static explicit operator double(Rational value) => value.ToDouble();

    /// <summary>The nearest double, up to two roundings; logarithms keep huge numerators and denominators in range.</summary>
    public double ToDouble()
    {
        double numerator = (double)Numerator, denominator = (double)Denominator;
        return double.IsInfinity(numerator) || double.IsInfinity(denominator)
            ? Numerator.Sign * Math.Exp(BigInteger.Log(BigInteger.Abs(Numerator)) - BigInteger.Log(Denominator))
            : numerator / denominator;
    }

    /// <inheritdoc/>
    public static Rational operator +(Rational left, Rational right) =>
        left.Numerator.IsZero ? right
        : right.Numerator.IsZero ? left
        : new(left.Numerator * right.Denominator + right.Numerator * left.Denominator, left.Denominator * right.Denominator);

    /// <inheritdoc/>
    public static Rational operator -(Rational left, Rational right) =>
        right.Numerator.IsZero ? left
        : new(left.Numerator * right.Denominator - right.Numerator * left.Denominator, left.Denominator * right.Denominator);

    /// <inheritdoc/>
    public static Rational operator *(Rational left, Rational right) =>
        left.Numerator.IsZero || right.Numerator.IsZero ? default
        : new(left.Numerator * right.Numerator, left.Denominator * right.Denominator);

    /// <inheritdoc/>
    public static Rational operator /(Rational left, Rational right) =>
        new(left.Numerator * right.Denominator, left.Denominator * right.Numerator);

    /// <inheritdoc/>
    public static bool operator ==(Rational left, Rational right) => left.Equals(right);

    /// <inheritdoc/>
    public static bool operator !=(Rational left, Rational right) => !left.Equals(right);

    /// <inheritdoc/>
    public static bool operator <(Rational left, Rational right) => left.CompareTo(right) < 0;

    /// <inheritdoc/>
    public static bool operator >(Rational left, Rational right) => left.CompareTo(right) > 0;

    /// <inheritdoc/>
    public static bool operator <=(Rational left, Rational right) => left.CompareTo(right) <= 0;

    /// <inheritdoc/>
    public static bool operator >=(Rational left, Rational right) => left.CompareTo(right) >= 0;

    /// <summary>Order of the numbers.</summary>
    /// <param name="other">The number to compare with.</param>
    public int CompareTo(Rational other) => (Numerator * other.Denominator).CompareTo(other.Numerator * Denominator);

    /// <inheritdoc/>
    public bool Equals(Rational other) => Numerator == other.Numerator && _denominatorMinusOne == other._denominatorMinusOne;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Rational other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Numerator, _denominatorMinusOne);

    /// <summary>For example <c>3/8</c>, or <c>2</c>.</summary>
    public override string ToString() => _denominatorMinusOne.IsZero
        ? Numerator.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Numerator}/{Denominator}");
}
