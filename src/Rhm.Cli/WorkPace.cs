namespace Rhm.Cli;

/// <summary>How fast work goes on: by its own reports, and before there are any by what was expected. Safe for threads.</summary>
/// <param name="expected">What was expected; null for nothing.</param>
internal sealed class WorkPace(WorkEstimate? expected = null)
{
    // The first steps are slower than all others: code is compiled, memory is taken.
    private const double SettledSeconds = 1;

    // From here on a pace is believed.
    private const double JudgedSeconds = 1;

    private readonly Lock _turn = new();
    private (double Seconds, double Done)? _from;
    private (double Seconds, double Done) _now;
    private bool _settled;
    private bool _judged;

    /// <summary>Takes in how far the work is.</summary>
    /// <param name="seconds">Since it began.</param>
    /// <param name="done">Fraction, 0..1.</param>
    /// <returns>Once, as soon as the pace shows it, the seconds of the whole work, where nothing was known of them.</returns>
    public double? Report(double seconds, double done)
    {
        lock (_turn)
        {
            _now = (seconds, done);
            if (_from is null || (!_settled && seconds >= SettledSeconds)) (_from, _settled) = (_now, seconds >= SettledSeconds);
            bool shows = _settled && !_judged && seconds - _from.Value.Seconds >= JudgedSeconds && done > _from.Value.Done;
            if (!shows) return null;
            _judged = true;
            return expected is { Seconds: null } ? seconds + Left(seconds) + expected.SecondsAfter : null;
        }
    }

    /// <summary>Seconds that are left; null where nothing tells, and where it takes longer than was expected.</summary>
    /// <param name="seconds">Since the work began.</param>
    public double? Left(double seconds)
    {
        lock (_turn)
        {
            (double began, double before) = _from is { } from && _now.Done > from.Done ? from : (0, 0);
            if (_now.Done > before) return Math.Max(0, (_now.Seconds - began) * (1 - before) / (_now.Done - before) - (seconds - began));
            return expected?.Seconds > seconds ? expected.Seconds - seconds : null;
        }
    }
}
