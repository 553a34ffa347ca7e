using System.Text.Json;

namespace Rhm.Networks.Training;

/// <summary>
/// Means of the losses since the last point of a training curve; kept in checkpoints, so that an interruption changes no curve.
/// </summary>
internal sealed class LossMeans
{
    private double[] _sums = [];
    private long _count;

    /// <summary>Takes the losses of a step.</summary>
    public void Add(params ReadOnlySpan<double> losses)
    {
        if (_count++ == 0) _sums = new double[losses.Length];
        for (int k = 0; k < losses.Length; k++) _sums[k] += losses[k];
    }

    /// <summary>The means; the next ones start anew.</summary>
    public double[] Take()
    {
        double[] means = [.. _sums.Select(sum => sum / _count)];
        _count = 0;
        return means;
    }

    /// <summary>The next means start anew.</summary>
    public void Clear() => _count = 0;

    /// <summary>Takes over another state.</summary>
    public void Load(LossMeans other) => (_count, _sums) = (other._count, other._sums);

    /// <summary>The state as a text.</summary>
    public string Save() => JsonSerializer.Serialize<double[]>(_count == 0 ? [] : [_count, .. _sums]);

    /// <summary>Brings back a state: count and sums, or nothing right after a point.</summary>
    public void Load(double[] state) => (_count, _sums) = state.Length == 0 ? (0, []) : ((long)state[0], state[1..]);
}
