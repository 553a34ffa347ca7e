namespace Rhm.Numerics;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, arXiv:1711.05101), in the form and with the defaults of PyTorch:
/// w -= lr decay w; m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
/// w -= lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + epsilon).
/// </summary>
/// <param name="LearningRate">lr, at least 0.</param>
/// <param name="Beta1">Decay of the mean of gradients, in [0, 1).</param>
/// <param name="Beta2">Decay of the mean of squared gradients, in [0, 1).</param>
/// <param name="Epsilon">Positive.</param>
/// <param name="WeightDecay">At least 0.</param>
public sealed record AdamW(double LearningRate = 1e-3, double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8,
    double WeightDecay = 1e-2)
{
    /// <summary>Makes one step on a block of parameters. The result does not depend on the number of threads.</summary>
    /// <param name="parameters">w, changed.</param>
    /// <param name="gradients">g.</param>
    /// <param name="firstMoments">m, changed; zero before the first step.</param>
    /// <param name="secondMoments">v, changed; zero before the first step.</param>
    /// <param name="step">t, 1 for the first step.</param>
    /// <param name="threads">At least 1.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the step is not positive.</exception>
    public void Step(Span<float> parameters, ReadOnlySpan<float> gradients, Span<float> firstMoments, Span<float> secondMoments, int step,
        int threads = 1)
    {
        MatrixProduct.Check(nameof(gradients), gradients.Length, 1, parameters.Length);
        MatrixProduct.Check(nameof(firstMoments), firstMoments.Length, 1, parameters.Length);
        MatrixProduct.Check(nameof(secondMoments), secondMoments.Length, 1, parameters.Length);
        if (step < 1) throw new ArgumentOutOfRangeException(nameof(step), $"step {step} must be at least 1, the first");
        StepPlain(parameters, gradients, firstMoments, secondMoments, step);
    }

    /// <summary>The plain twin of <see cref="Step"/>: one parameter at a time, the same operations and the same bits.</summary>
    /// <inheritdoc cref="Step"/>
    public void StepPlain(Span<float> parameters, ReadOnlySpan<float> gradients, Span<float> firstMoments, Span<float> secondMoments,
        int step)
    {
        float keep = (float)(1 - LearningRate * WeightDecay), beta1 = (float)Beta1, beta2 = (float)Beta2;
        float rest1 = (float)(1 - Beta1), rest2 = (float)(1 - Beta2), epsilon = (float)Epsilon;
        float rate = (float)(LearningRate / (1 - Math.Pow(Beta1, step))), inverse = (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, step)));
        for (int i = 0; i < parameters.Length; i++)
        {
            float g = gradients[i];
            float m = firstMoments[i] = MathF.FusedMultiplyAdd(beta1, firstMoments[i], rest1 * g);
            float v = secondMoments[i] = MathF.FusedMultiplyAdd(beta2, secondMoments[i], rest2 * g * g);
            float step1 = rate * m / MathF.FusedMultiplyAdd(MathF.Sqrt(v), inverse, epsilon);
            parameters[i] = MathF.FusedMultiplyAdd(keep, parameters[i], -step1);
        }
    }
}
