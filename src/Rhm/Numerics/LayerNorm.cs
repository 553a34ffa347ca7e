namespace Rhm.Numerics;

/// <summary>
/// Layer normalisation (Ba, Kiros and Hinton, arXiv:1607.06450): y_j = (x_j - mean) / sqrt(variance + epsilon) scale_j + shift_j for
/// each row, with the variance divided by the number of columns.
/// </summary>
public static class LayerNorm
{
    /// <summary>Normalises each row. y may be x if no backward pass follows.</summary>
    /// <param name="x">rows x columns.</param>
    /// <param name="scale">Empty (all 1), or one number for each column.</param>
    /// <param name="shift">Empty (all 0), or one number for each column.</param>
    /// <param name="y">rows x columns.</param>
    /// <param name="means">Empty, or receives the mean of each row, which the backward pass needs.</param>
    /// <param name="inverseDeviations">Empty, or receives 1 / sqrt(variance + epsilon) of each row, which the backward pass needs.</param>
    /// <param name="rows">At least 0.</param>
    /// <param name="columns">At least 0.</param>
    /// <param name="epsilon">Positive; 1e-5 is PyTorch's default.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">A size is negative, or a length is not that of the sizes.</exception>
    public static void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, Span<float> y,
        Span<float> means, Span<float> inverseDeviations, int rows, int columns, float epsilon = 1e-5f, int threads = 1)
    {
        MatrixProduct.Check(nameof(x), x.Length, rows, columns);
        MatrixProduct.Check(nameof(y), y.Length, rows, columns);
        if (!scale.IsEmpty) MatrixProduct.Check(nameof(scale), scale.Length, 1, columns);
        if (!shift.IsEmpty) MatrixProduct.Check(nameof(shift), shift.Length, 1, columns);
        if (!means.IsEmpty) MatrixProduct.Check(nameof(means), means.Length, rows, 1);
        if (!inverseDeviations.IsEmpty) MatrixProduct.Check(nameof(inverseDeviations), inverseDeviations.Length, rows, 1);
        Plain.Forward(x, scale, shift, y, means, inverseDeviations, rows, columns, epsilon);
    }

    /// <summary>
    /// With z the normalised x and g = dy scale: dx = inverseDeviation (g - mean(g) - z mean(g z)) for each row; adds the sums over
    /// rows of dy z to <paramref name="dScale"/> and of dy to <paramref name="dShift"/>. dx may be dy.
    /// </summary>
    /// <param name="x">The input of the forward pass.</param>
    /// <param name="scale">As in the forward pass.</param>
    /// <param name="means">From the forward pass.</param>
    /// <param name="inverseDeviations">From the forward pass.</param>
    /// <param name="dy">Gradient with respect to the output.</param>
    /// <param name="dx">Receives the gradient with respect to the input.</param>
    /// <param name="dScale">Empty, or accumulates the gradient of the scale.</param>
    /// <param name="dShift">Empty, or accumulates the gradient of the shift.</param>
    /// <param name="rows">At least 0.</param>
    /// <param name="columns">At least 0.</param>
    /// <param name="threads">At least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">A size is negative, or a length is not that of the sizes.</exception>
    public static void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> scale, ReadOnlySpan<float> means,
        ReadOnlySpan<float> inverseDeviations, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dScale, Span<float> dShift, int rows,
        int columns, int threads = 1)
    {
        MatrixProduct.Check(nameof(x), x.Length, rows, columns);
        MatrixProduct.Check(nameof(dy), dy.Length, rows, columns);
        MatrixProduct.Check(nameof(dx), dx.Length, rows, columns);
        MatrixProduct.Check(nameof(means), means.Length, rows, 1);
        MatrixProduct.Check(nameof(inverseDeviations), inverseDeviations.Length, rows, 1);
        if (!scale.IsEmpty) MatrixProduct.Check(nameof(scale), scale.Length, 1, columns);
        if (!dScale.IsEmpty) MatrixProduct.Check(nameof(dScale), dScale.Length, 1, columns);
        if (!dShift.IsEmpty) MatrixProduct.Check(nameof(dShift), dShift.Length, 1, columns);
        Plain.Backward(x, scale, means, inverseDeviations, dy, dx, dScale, dShift, rows, columns);
    }

    /// <summary>The plain twin: in double, rounded once.</summary>
    public static class Plain
    {
        /// <inheritdoc cref="LayerNorm.Forward"/>
        public static void Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, Span<float> y,
            Span<float> means, Span<float> inverseDeviations, int rows, int columns, float epsilon = 1e-5f)
        {
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<float> input = x.Slice(i * columns, columns);
                double mean = 0, variance = 0;
                foreach (float value in input) mean += value;
                mean /= columns;
                foreach (float value in input) variance += (value - mean) * (value - mean);
                double inverseDeviation = 1 / Math.Sqrt(variance / columns + epsilon);
                if (!means.IsEmpty) means[i] = (float)mean;
                if (!inverseDeviations.IsEmpty) inverseDeviations[i] = (float)inverseDeviation;
                for (int j = 0; j < columns; j++)
                {
                    double z = (input[j] - mean) * inverseDeviation;
                    y[i * columns + j] = (float)(z * (scale.IsEmpty ? 1 : scale[j]) + (shift.IsEmpty ? 0 : shift[j]));
                }
            }
        }

        /// <inheritdoc cref="LayerNorm.Backward"/>
        public static void Backward(ReadOnlySpan<float> x, ReadOnlySpan<float> scale, ReadOnlySpan<float> means,
            ReadOnlySpan<float> inverseDeviations, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dScale, Span<float> dShift, int rows,
            int columns)
        {
            for (int i = 0; i < rows; i++)
            {
                double mean = means[i], inverseDeviation = inverseDeviations[i], meanG = 0, meanGz = 0;
                for (int j = 0; j < columns; j++)
                {
                    double z = (x[i * columns + j] - mean) * inverseDeviation, gradient = dy[i * columns + j];
                    double g = gradient * (scale.IsEmpty ? 1 : scale[j]);
                    meanG += g / columns;
                    meanGz += g * z / columns;
                    if (!dScale.IsEmpty) dScale[j] += (float)(gradient * z);
                    if (!dShift.IsEmpty) dShift[j] += (float)gradient;
                }
                for (int j = 0; j < columns; j++)
                {
                    double z = (x[i * columns + j] - mean) * inverseDeviation;
                    double g = dy[i * columns + j] * (scale.IsEmpty ? 1.0 : scale[j]);
                    dx[i * columns + j] = (float)(inverseDeviation * (g - meanG - z * meanGz));
                }
            }
        }
    }
}
