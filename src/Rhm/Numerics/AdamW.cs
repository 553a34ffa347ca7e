using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Rhm.Parallelism;

namespace Rhm.Numerics;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, arXiv:1711.05101), in the form and with the defaults of PyTorch:
/// w -= lr decay w; m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
/// w -= lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + epsilon).
/// </summary>
/// <remarks>
/// Bounded by memory, 16 bytes read and 12 written for each parameter, once that exceeds the caches; inside them the square root and the
/// division, about 20 cycles for 16 parameters.
/// </remarks>
/// <param name="LearningRate">lr, at least 0.</param>
/// <param name="Beta1">Decay of the mean of gradients, in [0, 1).</param>
/// <param name="Beta2">Decay of the mean of squared gradients, in [0, 1).</param>
/// <param name="Epsilon">Positive.</param>
/// <param name="WeightDecay">At least 0.</param>
internal sealed unsafe record AdamW(double LearningRate = 1e-3, double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8,
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
    public void Step(Span<float> parameters, ReadOnlySpan<float> gradients, Span<float> firstMoments, Span<float> secondMoments, long step,
        int threads = 1)
    {
        Sizes.Check(nameof(gradients), gradients.Length, 1, parameters.Length);
        Sizes.Check(nameof(firstMoments), firstMoments.Length, 1, parameters.Length);
        Sizes.Check(nameof(secondMoments), secondMoments.Length, 1, parameters.Length);
        if (step < 1) throw new ArgumentOutOfRangeException(nameof(step), $"step {step} must be at least 1, the first");
        fixed (float* w = parameters, g = gradients, m = firstMoments, v = secondMoments)
        {
            var block = new Block { W = w, G = g, M = m, V = v, Factors = new Factors(this, step) };
            Workers.RunRanges(parameters.Length, 7, threads, &block, &StepRange);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StepRange(void* state, int start, int end)
    {
        Block block = *(Block*)state;
        Factors f = block.Factors;
        Vector512<float> keep = Vector512.Create(f.Keep), rate = Vector512.Create(f.Rate), epsilon = Vector512.Create(f.Epsilon);
        Vector512<float> beta1 = Vector512.Create(f.Beta1), rest1 = Vector512.Create(f.Rest1);
        Vector512<float> beta2 = Vector512.Create(f.Beta2), rest2 = Vector512.Create(f.Rest2), inverse = Vector512.Create(f.Inverse);
        for (nint i = start; i < end; i += VectorMath.Width)
        {
            nint left = end - i;
            Vector512<float> g = VectorMath.Load(block.G + i, left);
            Vector512<float> m = Vector512.FusedMultiplyAdd(beta1, VectorMath.Load(block.M + i, left), rest1 * g);
            Vector512<float> v = Vector512.FusedMultiplyAdd(beta2, VectorMath.Load(block.V + i, left), rest2 * g * g);
            Vector512<float> change = rate * m / Vector512.FusedMultiplyAdd(Vector512.Sqrt(v), inverse, epsilon);
            VectorMath.Store(m, block.M + i, left);
            VectorMath.Store(v, block.V + i, left);
            VectorMath.Store(Vector512.FusedMultiplyAdd(keep, VectorMath.Load(block.W + i, left), -change), block.W + i, left);
        }
    }

    private struct Block
    {
        public float* W, G, M, V;
        public Factors Factors;
    }

    /// <summary>The numbers of a step that are the same for all parameters, each rounded once from double.</summary>
    private readonly struct Factors(AdamW options, long step)
    {
        public readonly float Keep = (float)(1 - options.LearningRate * options.WeightDecay);
        public readonly float Beta1 = (float)options.Beta1, Rest1 = (float)(1 - options.Beta1);
        public readonly float Beta2 = (float)options.Beta2, Rest2 = (float)(1 - options.Beta2);
        public readonly float Epsilon = (float)options.Epsilon;
        public readonly float Rate = (float)(options.LearningRate / (1 - Math.Pow(options.Beta1, step)));
        public readonly float Inverse = (float)(1 / Math.Sqrt(1 - Math.Pow(options.Beta2, step)));
    }

    /// <summary>The reference of <see cref="Step"/>: one parameter at a time, the same operations and the same bits.</summary>
    /// <inheritdoc cref="Step"/>
    public void StepReference(Span<float> parameters, ReadOnlySpan<float> gradients, Span<float> firstMoments, Span<float> secondMoments,
        long step)
    {
        var f = new Factors(this, step);
        for (int i = 0; i < parameters.Length; i++)
        {
            float g = gradients[i];
            float m = firstMoments[i] = MathF.FusedMultiplyAdd(f.Beta1, firstMoments[i], f.Rest1 * g);
            float v = secondMoments[i] = MathF.FusedMultiplyAdd(f.Beta2, secondMoments[i], f.Rest2 * g * g);
            float change = f.Rate * m / MathF.FusedMultiplyAdd(MathF.Sqrt(v), f.Inverse, f.Epsilon);
            parameters[i] = MathF.FusedMultiplyAdd(f.Keep, parameters[i], -change);
        }
    }
}
