using System.Diagnostics;
using System.Globalization;
using Rhm.Networks.Training;
using Spectre.Console.Rendering;

namespace Rhm.Cli;

/// <summary>
/// A training as a command runs it: from a checkpoint or from the start, with curves in a file and on a terminal that is watched.
/// </summary>
internal sealed class TrainingSession(string? checkpoint, bool resumes, string? curves, string curvesHeader,
    IReadOnlyList<IDisposable> held) : IDisposable
{
    /// <summary>Points of a curve.</summary>
    public const int Points = 50;

    private TimeSpan _elapsed;
    private long _first;

    /// <summary>File of the checkpoint; null for none.</summary>
    public string? Checkpoint { get; } = checkpoint;

    private WorkEstimate? _expected;

    /// <summary>
    /// Takes in what a training takes, its time apart, which the first steps show; the disk must have room for the checkpoint beside the
    /// one that it replaces.
    /// </summary>
    /// <param name="trainer">At step 0.</param>
    /// <param name="expected">Without the checkpoint.</param>
    /// <exception cref="ArgumentException">The disk does not have it.</exception>
    public void Expect<TLosses>(NetworkTrainer<TLosses> trainer, WorkEstimate expected)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        _expected = expected;
        if (Checkpoint is null) return;
        double bytes = 2 * trainer.CheckpointBytes - (File.Exists(Checkpoint) ? new FileInfo(Checkpoint).Length : 0);
        const string remedy = "--checkpoint has to name a file on another disk";
        _ = (expected with { DiskBytes = bytes, Target = Checkpoint, DiskRemedy = remedy }).Required();
        _expected = expected with { DiskBytes = expected.DiskBytes + bytes };
    }

    /// <summary>Takes in what follows the training.</summary>
    /// <param name="seconds">How long it takes.</param>
    public void ExpectAfter(double seconds) => _expected = _expected is null ? null : _expected with { SecondsAfter = seconds };

    /// <summary>Trains to the end; where a person watches, shows the curve.</summary>
    /// <param name="trainer">At step 0.</param>
    /// <param name="load">Brings the trainer to the state of a checkpoint.</param>
    /// <param name="train">Trains to the last step; tells each point, which is then in the curve, and the fraction done.</param>
    /// <param name="linesOf">Lines of the file of curves for a point.</param>
    /// <param name="picture">What a person sees of a curve.</param>
    /// <returns>The curve; null where the training diverged, which was said then.</returns>
    public List<TPoint>? Train<TLosses, TPoint>(NetworkTrainer<TLosses> trainer, Action<string> load,
        Action<Action<TPoint>, Action<double>> train,
        Func<TPoint, IEnumerable<string>> linesOf, Func<List<TPoint>, IRenderable> picture)
    {
        if (resumes) load(Checkpoint!);
        _first = trainer.Step;
        var clock = Stopwatch.StartNew();
        string[] earlier = CurvesFile.Earlier(curves, _first);
        var curve = new List<TPoint>();
        try
        {
            Terminal.WithCurve("training", () => picture(curve), _expected, (redraw, progress) => train(point =>
            {
                curve.Add(point);
                CurvesFile.Write(curves, curvesHeader, [.. earlier, .. curve.SelectMany(linesOf)]);
                redraw();
            }, progress));
        }
        catch (TrainingDivergedException error)
        {
            string kept = File.Exists(Checkpoint) ? $"; {Checkpoint} keeps the last good state" : "";
            Console.Error.WriteLine($"rhm: {error.Message}{kept}");
            return null;
        }
        _elapsed = clock.Elapsed;
        return curve;
    }

    /// <summary>Says how long the steps took.</summary>
    public void WriteTime<TLosses>(NetworkTrainer<TLosses> trainer)
    {
        long steps = trainer.Step - _first;
        double seconds = _elapsed.TotalSeconds;
        Console.WriteLine(steps == 0 ? $"{Checkpoint} is of a finished training, step {_first}"
            : string.Create(CultureInfo.InvariantCulture,
                $"steps {_first + 1} to {trainer.Step} in {seconds:0.0} s, {1e3 * seconds / steps:0.00} ms a step"));
    }

    public void Dispose()
    {
        foreach (IDisposable file in held) file.Dispose();
    }
}
