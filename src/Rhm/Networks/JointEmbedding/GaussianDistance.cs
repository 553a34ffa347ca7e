using Rhm.Randomness;

namespace Rhm.Networks.JointEmbedding;

/// <summary>
/// SIGReg's statistic: the weighted squared distance of the characteristic functions of random projections from that of a standard Gaussian
/// (Epps and Pulley, Biometrika 70, 1983), integral of |E e^(itu) - e^(-t^2/2)|^2 e^(-t^2/2) dt, averaged over projections.
/// </summary>
internal static class GaussianDistance
{
    private const int Projections = 32, Nodes = 17;
    private const double LargestFrequency = 4;

    /// <summary>The statistic and its gradient. Cost: tuples x 32 projections x 17 frequencies.</summary>
    /// <param name="z">Embeddings, [tuples, d].</param>
    /// <param name="weight">Share of each tuple; sums to 1.</param>
    /// <param name="random">Of the projections.</param>
    /// <param name="scale">Of value and gradient.</param>
    /// <param name="gradient">[tuples, d], added to.</param>
    public static double Add(double[] z, double[] weight, RandomStream random, double scale, double[] gradient)
    {
        int tuples = weight.Length, d = z.Length / tuples;
        double loss = 0, step = LargestFrequency / Nodes;
        var direction = new double[d];
        double[] u = new double[tuples], slope = new double[tuples], sine = new double[tuples], cosine = new double[tuples];
        double[] turnSine = new double[tuples], turnCosine = new double[tuples];
        for (int projection = 0; projection < Projections; projection++)
        {
            for (int k = 0; k < d; k++) direction[k] = random.NextGaussian();
            double norm = Math.Sqrt(direction.Sum(x => x * x));
            for (int k = 0; k < d; k++) direction[k] /= norm;
            for (int a = 0; a < tuples; a++)
            {
                u[a] = 0;
                for (int k = 0; k < d; k++) u[a] += direction[k] * z[a * d + k];
            }
            Array.Clear(slope);
            // The integrand is even: twice its half, midpoints of equal steps.
            // e^(itu) of a node is that of the one before times e^(iu step).
            for (int a = 0; a < tuples; a++)
            {
                (sine[a], cosine[a]) = Math.SinCos(0.5 * step * u[a]);
                (turnSine[a], turnCosine[a]) = Math.SinCos(step * u[a]);
            }
            for (int node = 0; node < Nodes; node++)
            {
                double t = (node + 0.5) * step, gaussian = Math.Exp(-t * t / 2), part = 2 * step * gaussian * scale / Projections;
                double real = -gaussian, imaginary = 0;
                for (int a = 0; a < tuples; a++)
                {
                    real += weight[a] * cosine[a];
                    imaginary += weight[a] * sine[a];
                }
                loss += part * (real * real + imaginary * imaginary);
                for (int a = 0; a < tuples; a++)
                {
                    double s = sine[a], c = cosine[a];
                    slope[a] += 2 * part * weight[a] * t * (imaginary * c - real * s);
                    (sine[a], cosine[a]) = (s * turnCosine[a] + c * turnSine[a], c * turnCosine[a] - s * turnSine[a]);
                }
            }
            for (int a = 0; a < tuples; a++)
            {
                for (int k = 0; k < d; k++) gradient[a * d + k] += slope[a] * direction[k];
            }
        }
        return loss;
    }
}
