namespace Rhm.Numerics;

/// <summary>softmax(x)_j = exp(x_j) / sum_i exp(x_i), for each row; computed with the row's maximum subtracted, so nothing overflows.</summary>
public static class Softmax
{
    /// <summary>y = softmax of each row of x. y may be x.</summary>
    /// <param name="x">rows x columns.</param>
    /// <param name="y">rows x columns; every row sums to 1.</param>
    /// <param name="rows">At least 0.</param>
    /// <param name="columns">At least 0.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">A size is negative, or a length is not that of the sizes.</exception>
    public static void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, int columns, int threads = 1)
    {
        MatrixProduct.Check(nameof(x), x.Length, rows, columns);
        MatrixProduct.Check(nameof(y), y.Length, rows, columns);
        Plain.Forward(x, y, rows, columns);
    }

    /// <summary>dx_j = y_j (dy_j - sum_i y_i dy_i) for each row. dx may be dy.</summary>
    /// <param name="y">The output of the forward pass.</param>
    /// <param name="dy">Gradient with respect to the output.</param>
    /// <param name="dx">Receives the gradient with respect to the input.</param>
    /// <param name="rows">At least 0.</param>
    /// <param name="columns">At least 0.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">A size is negative, or a length is not that of the sizes.</exception>
    public static void Backward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows, int columns, int threads = 1)
    {
        MatrixProduct.Check(nameof(y), y.Length, rows, columns);
        MatrixProduct.Check(nameof(dy), dy.Length, rows, columns);
        MatrixProduct.Check(nameof(dx), dx.Length, rows, columns);
        Plain.Backward(y, dy, dx, rows, columns);
    }

    /// <summary>The plain twin: in double, rounded once.</summary>
    public static class Plain
    {
        /// <inheritdoc cref="Softmax.Forward"/>
        public static void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, int columns)
        {
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<float> input = x.Slice(i * columns, columns);
                Span<float> output = y.Slice(i * columns, columns);
                double max = double.NegativeInfinity, sum = 0;
                foreach (float value in input) max = Math.Max(max, value);
                foreach (float value in input) sum += Math.Exp(value - max);
                for (int j = 0; j < columns; j++) output[j] = (float)(Math.Exp(input[j] - max) / sum);
            }
        }

        /// <inheritdoc cref="Softmax.Backward"/>
        public static void Backward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows, int columns)
        {
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<float> output = y.Slice(i * columns, columns), gradient = dy.Slice(i * columns, columns);
                Span<float> result = dx.Slice(i * columns, columns);
                double mean = 0;
                for (int j = 0; j < columns; j++) mean += (double)output[j] * gradient[j];
                for (int j = 0; j < columns; j++) result[j] = (float)(output[j] * (gradient[j] - mean));
            }
        }
    }
}

/// <summary>log softmax(x)_j = x_j - log sum_i exp(x_i), for each row.</summary>
public static class LogSoftmax
{
    /// <summary>y = log softmax of each row of x. y may be x.</summary>
    /// <param name="x">rows x columns.</param>
    /// <param name="y">rows x columns.</param>
    /// <param name="rows">At least 0.</param>
    /// <param name="columns">At least 0.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">A size is negative, or a length is not that of the sizes.</exception>
    public static void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, int columns, int threads = 1)
    {
        MatrixProduct.Check(nameof(x), x.Length, rows, columns);
        MatrixProduct.Check(nameof(y), y.Length, rows, columns);
        Plain.Forward(x, y, rows, columns);
    }

    /// <summary>dx_j = dy_j - exp(y_j) sum_i dy_i for each row. dx may be dy.</summary>
    /// <param name="y">The output of the forward pass.</param>
    /// <param name="dy">Gradient with respect to the output.</param>
    /// <param name="dx">Receives the gradient with respect to the input.</param>
    /// <param name="rows">At least 0.</param>
    /// <param name="columns">At least 0.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">A size is negative, or a length is not that of the sizes.</exception>
    public static void Backward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows, int columns, int threads = 1)
    {
        MatrixProduct.Check(nameof(y), y.Length, rows, columns);
        MatrixProduct.Check(nameof(dy), dy.Length, rows, columns);
        MatrixProduct.Check(nameof(dx), dx.Length, rows, columns);
        Plain.Backward(y, dy, dx, rows, columns);
    }

    /// <summary>The plain twin: in double, rounded once.</summary>
    public static class Plain
    {
        /// <inheritdoc cref="LogSoftmax.Forward"/>
        public static void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, int columns)
        {
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<float> input = x.Slice(i * columns, columns);
                Span<float> output = y.Slice(i * columns, columns);
                double max = double.NegativeInfinity, sum = 0;
                foreach (float value in input) max = Math.Max(max, value);
                foreach (float value in input) sum += Math.Exp(value - max);
                double logSum = Math.Log(sum);
                for (int j = 0; j < columns; j++) output[j] = (float)(input[j] - max - logSum);
            }
        }

        /// <inheritdoc cref="LogSoftmax.Backward"/>
        public static void Backward(ReadOnlySpan<float> y, ReadOnlySpan<float> dy, Span<float> dx, int rows, int columns)
        {
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<float> output = y.Slice(i * columns, columns), gradient = dy.Slice(i * columns, columns);
                Span<float> result = dx.Slice(i * columns, columns);
                double total = 0;
                foreach (float value in gradient) total += value;
                for (int j = 0; j < columns; j++) result[j] = (float)(gradient[j] - Math.Exp(output[j]) * total);
            }
        }
    }
}
