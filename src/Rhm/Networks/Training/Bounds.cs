using System.Globalization;

namespace Rhm.Networks.Training;

/// <summary>How settings of networks and trainings are refused: one sentence that names the value, the bound and the reason.</summary>
internal static class Bounds
{
    /// <summary>Refuses a number that is not finite or not valid.</summary>
    public static void Require(string name, double value, Func<double, bool> valid, string range)
    {
        if (!double.IsFinite(value) || !valid(value))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} = {value} must be {range}"));
    }

    /// <summary>Refuses a whole number outside an interval.</summary>
    public static void RequireInside(string name, int value, int least, int most, string reason)
    {
        if (value < least || value > most) throw new ArgumentException($"{name} = {value} is outside {least}..{most}: {reason}");
    }

    /// <summary>Refuses a whole number below the least one.</summary>
    public static void RequireAtLeast(string name, long value, long least = 1)
    {
        if (value < least) throw new ArgumentException($"{name} {value} must be at least {least}");
    }

    /// <summary>Refuses networks whose parameters do not fit in one array beside what training needs.</summary>
    /// <param name="network">The network and its sizes.</param>
    /// <param name="weights">About how many it has.</param>
    public static void RequireWeights(string network, double weights)
    {
        if (weights > int.MaxValue / 4)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{network} has {weights:G3} weights, more than 2^29"));
    }

    /// <summary>Refuses what no training with AdamW, in batches of different strings, can do.</summary>
    /// <param name="batchSize">B.</param>
    /// <param name="strings">P; null where every step reads fresh strings.</param>
    /// <param name="steps">Number of steps.</param>
    /// <param name="warmUpSteps">Steps over which the learning rate rises.</param>
    /// <param name="learningRate">The largest.</param>
    /// <param name="weightDecay">Of AdamW.</param>
    /// <param name="threads">Number of threads.</param>
    public static void RequireTraining(int batchSize, long? strings, long steps, int warmUpSteps, double learningRate, double weightDecay,
        int threads)
    {
        Require("learning rate", learningRate, rate => rate > 0, "positive");
        Require("weight decay", weightDecay, decay => decay >= 0, "at least 0");
        RequireAtLeast("batch size B =", batchSize);
        RequireAtLeast("number of steps", steps);
        RequireAtLeast("number of warm-up steps", warmUpSteps, 0);
        RequireAtLeast("number of threads", threads);
        if ((Int128)steps * batchSize > long.MaxValue)
        {
            throw new ArgumentException(
                $"number of steps {steps} of B = {batchSize} strings reads more than 2^63 strings: they are numbered with 64 bits");
        }
        if (batchSize > strings)
        {
            throw new ArgumentException(
                $"batch size B = {batchSize} exceeds the number of strings P = {strings}: a batch holds different strings");
        }
    }
}
