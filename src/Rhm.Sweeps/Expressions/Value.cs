using System.Globalization;
using System.Numerics;
using Rhm.Population;

namespace Rhm.Sweeps.Expressions;

/// <summary>What an expression can be: a number, a text, a list of these, or missing (a column that a row does not have).</summary>
public abstract record Value
{
    /// <summary>Numbers of more digits are doubles.</summary>
    private const int MaxDigits = 400;

    private Value()
    {
    }

    /// <summary>An exact integer.</summary>
    /// <param name="value">Any.</param>
    public static Value Of(BigInteger value) => new Number(new Rational(value, BigInteger.One), (double)value);

    /// <summary>An exact integer.</summary>
    /// <param name="value">Any.</param>
    public static Value Of(long value) => Of((BigInteger)value);

    /// <summary>An inexact number.</summary>
    /// <param name="value">Any.</param>
    public static Value Of(double value) => new Number(null, value);

    /// <summary>The exact value of a decimal number such as 0.1, 1e3 or 1_000; null where it is none.</summary>
    /// <param name="text">Digits, with an optional sign, point and exponent; underscores between digits.</param>
    public static Value? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string plain = text.Replace("_", "", StringComparison.Ordinal);
        bool number = double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
        if (!number || !double.IsFinite(value)) return null;
        int e = plain.AsSpan().IndexOfAny('e', 'E');
        string mantissa = e < 0 ? plain : plain[..e];
        // Beyond that the double is all there is to know: 0 from so many digits behind the point, say.
        int exponent = 0;
        bool small = e < 0 || int.TryParse(plain.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent);
        if (!small || Math.Abs((long)exponent) > MaxDigits || mantissa.Length > MaxDigits) return Of(value);
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0) exponent -= mantissa.Length - point - 1;
        string whole = mantissa.Replace(".", "", StringComparison.Ordinal);
        var digits = BigInteger.Parse(whole, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (digits.IsZero) return Of(0);
        return new Number(exponent >= 0
            ? new Rational(digits * BigInteger.Pow(10, exponent), BigInteger.One)
            : new Rational(digits, BigInteger.Pow(10, -exponent)), value);
    }

    /// <summary>A number.</summary>
    /// <param name="Exact">Exactly, where that is known.</param>
    /// <param name="Approximate">The nearest double.</param>
    public sealed record Number(Rational? Exact, double Approximate) : Value
    {
        // Larger powers are written out by nobody; they only cost time.
        private const double MaxBits = 4096;

        /// <summary>The order of two numbers: -1, 0 or 1.</summary>
        /// <param name="other">The other.</param>
        public int CompareTo(Number other) => Exact is { } a && other.Exact is { } b
            ? (a < b ? -1 : a > b ? 1 : 0)
            : Approximate.CompareTo(other.Approximate);

        /// <summary>The nearest integer; a half away from zero.</summary>
        /// <exception cref="ArgumentException">Not finite.</exception>
        public BigInteger Round()
        {
            Rational value = Fraction();
            BigInteger twice = 2 * BigInteger.Abs(value.Numerator) + value.Denominator;
            return value.Numerator.Sign * (twice / (2 * value.Denominator));
        }

        /// <summary>The largest integer that is not larger.</summary>
        /// <exception cref="ArgumentException">Not finite.</exception>
        public BigInteger Floor()
        {
            Rational value = Fraction();
            var quotient = BigInteger.DivRem(value.Numerator, value.Denominator, out BigInteger rest);
            return rest.Sign < 0 ? quotient - 1 : quotient;
        }

        /// <inheritdoc/>
        public override string ToString() => Approximate.ToString("R", CultureInfo.InvariantCulture);

        internal static Value Combine(string symbol, Number x, Number y)
        {
            if (x.Exact is { } a && y.Exact is { } b && Exactly(symbol, a, b) is { } exact) return exact;
            double p = x.Approximate, q = y.Approximate;
            return Of(symbol switch { "+" => p + q, "-" => p - q, "*" => p * q, "/" => p / q, _ => Math.Pow(p, q) });
        }

        /// <summary>The exact value, or null where it would have too many digits or is no fraction.</summary>
        private static Number? Exactly(string symbol, Rational a, Rational b)
        {
            switch (symbol)
            {
                case "+" or "-" or "*" when Bits(a) + Bits(b) > 4 * MaxBits:
                    return null;
                case "+":
                    return Exactly(a + b);
                case "-":
                    return Exactly(a - b);
                case "*":
                    return Exactly(a * b);
                case "/":
                    return b.Numerator.IsZero ? throw new ArgumentException($"{Exactly(a)} / 0 has no value") : Exactly(a / b);
                case "^" when b.Denominator.IsOne && BigInteger.Abs(b.Numerator) <= 4096
                    && Bits(a) * Math.Abs((double)b.Numerator) <= MaxBits:
                    int power = (int)b.Numerator, times = Math.Abs(power);
                    if (a.Numerator.IsZero && power < 0) throw new ArgumentException($"0 ^ {power} has no value");
                    (BigInteger numerator, BigInteger denominator) =
                        (BigInteger.Pow(a.Numerator, times), BigInteger.Pow(a.Denominator, times));
                    return Exactly(power < 0 ? new Rational(denominator, numerator) : new Rational(numerator, denominator));
                default:
                    return null;
            }
        }

        private static Number Exactly(Rational value) => new(value, (double)value);

        private static double Bits(Rational value) => Math.Max(value.Numerator.GetBitLength(), value.Denominator.GetBitLength());

        private Rational Fraction() => Exact ?? (double.IsFinite(Approximate)
            ? Rational.FromDouble(Approximate)
            : throw new ArgumentException($"{this} is no finite number"));
    }

    /// <summary>A text.</summary>
    /// <param name="Content">The characters.</param>
    public sealed record Text(string Content) : Value
    {
        /// <inheritdoc/>
        public override string ToString() => $"'{Content}'";
    }

    /// <summary>A list.</summary>
    /// <param name="Items">Numbers and texts.</param>
    public sealed record List(IReadOnlyList<Value> Items) : Value
    {
        /// <inheritdoc/>
        public override string ToString() => $"[{string.Join(", ", Items)}]";
    }

    /// <summary>No value.</summary>
    public sealed record Missing : Value
    {
        private Missing()
        {
        }

        /// <summary>The only one.</summary>
        public static Missing Instance { get; } = new();

        /// <inheritdoc/>
        public override string ToString() => "nothing";
    }
}
