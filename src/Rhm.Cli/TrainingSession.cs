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

    /// <summary>Trains to the end; where a person watches, shows the curve.</summary>
    /// <param name="trainer">At step 0.</param>
    /// <param name="load">Brings the trainer to the state of a checkpoint.</param>
    /// <param name="train">Trains to the last step and tells each point, which is then in the curve.</param>
    /// <param name="linesOf">Lines of the file of curves for a point.</param>
    /// <param name="picture">What a person sees of a curve.</param>
    /// <returns>The curve; null where the training diverged, which was said then.</returns>
    public List<TPoint>? Train<TLosses, TPoint>(NetworkTrainer<TLosses> trainer, Action<string> load, Action<Action<TPoint>> train,
        Func<TPoint, IEnumerable<string>> linesOf, Func<List<TPoint>, IRenderable> picture)
    {
        if (resumes) load(Checkpoint!);
        _first = trainer.Step;
        var clock = Stopwatch.StartNew();
        string[] earlier = CurvesFile.Earlier(curves, _first);
        var curve = new List<TPoint>();
        try
        {
            _ = Terminal.WithLive(() => picture(curve), redraw =>
            {
                train(point =>
                {
                    curve.Add(point);
                    CurvesFile.Write(curves, curvesHeader, [.. earlier, .. curve.SelectMany(linesOf)]);
                    redraw();
                });
                return true;
            });
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
