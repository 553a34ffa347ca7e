using System.CommandLine;
using Rhm.Files;

namespace Rhm.Cli;

/// <summary>The options by which a training is saved, resumed and drawn: the same for every network.</summary>
/// <param name="resumeDescription">What goes on.</param>
/// <param name="curvesDescription">What the curves show.</param>
/// <param name="curvesHeader">First line of the file of curves.</param>
internal sealed class TrainingOptions(string resumeDescription, string curvesDescription, string curvesHeader)
{
    private readonly FileOption _checkpoint = Options.Output("--checkpoint",
        "Saves the state (safetensors, readable by PyTorch) fifty times in a training and when interrupted (twice: stops at once).",
        "FILE.safetensors");

    private readonly Option<bool> _resume = new("--resume") { Description = resumeDescription };

    private readonly FileOption _curves = Options.Output("--curves", curvesDescription, "FILE.csv");

    /// <summary>An option with a default.</summary>
    public static Option<T> Of<T>(string name, string description, T value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    public IEnumerable<Option> All => [_checkpoint, _resume, _curves];

    /// <summary>Makes sure, before any work, that all files can be written and none is also read, and holds the checkpoint.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="outputs">What else the command writes.</param>
    /// <param name="inputs">What it reads; null for none.</param>
    public TrainingSession Open(ParseResult result, IEnumerable<string> outputs, IEnumerable<string?> inputs)
    {
        string? checkpoint = result.GetValue(_checkpoint), curves = result.GetValue(_curves);
        bool resumes = result.GetValue(_resume);
        if (resumes && checkpoint is null) throw new ArgumentException("--resume needs --checkpoint: the file to go on from");
        OutputFile.RequireWritable([checkpoint, curves, .. outputs], inputs);
        if (resumes) CurvesFile.RequireReadable(curves, curvesHeader);
        var held = new List<IDisposable>();
        try
        {
            foreach (string file in ((string?[])[checkpoint, curves]).OfType<string>()) held.Add(OutputFile.Hold(file)!);
            if (!resumes && File.Exists(checkpoint))
                throw new ArgumentException($"{checkpoint} is there already: --resume goes on from it; delete it to train anew");
        }
        catch
        {
            foreach (IDisposable file in held) file.Dispose();
            throw;
        }
        return new TrainingSession(checkpoint, resumes, curves, curvesHeader, held);
    }
}
