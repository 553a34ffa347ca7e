using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rhm.Files;

namespace Rhm.Networks.Training;

/// <summary>
/// The state of a training in a safetensors file: the arrays of <see cref="CheckpointContent"/>; settings, step, a hash of the strings and
/// the losses since the last point of the curve as texts.
/// </summary>
internal static class Checkpoint
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        IgnoreReadOnlyProperties = true,
    };

    /// <summary>Writes the state; a file that stood there is kept until the new one is complete.</summary>
    /// <exception cref="ArgumentException">The target cannot be written.</exception>
    /// <exception cref="TrainingDivergedException">A parameter is not finite; the file is left as it was.</exception>
    public static void Save<TLosses>(string path, NetworkTrainer<TLosses> trainer) => Take(trainer)(path);

    /// <summary>The state as it is now, to be written later: what writes it.</summary>
    /// <exception cref="TrainingDivergedException">A parameter is not finite.</exception>
    public static Action<string> Take<TLosses>(NetworkTrainer<TLosses> trainer)
    {
        trainer.RequireFinite();
        CheckpointContent content = trainer.Content;
        var arrays = new Dictionary<string, SafetensorsArray>();
        foreach (CheckpointArray array in content.Arrays) arrays[array.Name] = new SafetensorsArray(array.Shape, [.. array.Values()]);
        var texts = new Dictionary<string, string> { ["format"] = content.Format, ["shape"] = content.Shape };
        foreach ((string name, object settings) in content.Settings)
            texts[name] = JsonSerializer.Serialize(settings, settings.GetType(), s_json);
        texts["strings"] = content.Strings;
        texts["tokens"] = content.TokensHash;
        texts["losses"] = trainer.Losses.Save();
        texts["step"] = trainer.Step.ToString(CultureInfo.InvariantCulture);
        return path => SafetensorsFile.Write(path, arrays, texts);
    }

    /// <summary>Brings a trainer, made with the same settings for the same strings, to the saved state.</summary>
    /// <exception cref="ArgumentException">
    /// The file is not a checkpoint, or was saved by a training with other sizes, settings or strings; the trainer is left as it was.
    /// </exception>
    public static void Load<TLosses>(string path, NetworkTrainer<TLosses> trainer)
    {
        CheckpointContent content = trainer.Content;
        var reader = new CheckpointReader(path);
        long step = Require(reader, content, trainer.Steps);
        double[] losses = reader.LossesOf(content.Losses);
        foreach (CheckpointArray array in content.Arrays) reader.Plan(array);
        reader.Apply();
        trainer.Losses.Load(losses);
        trainer.Resume(step);
    }

    /// <summary>Refuses what is no checkpoint of a training with the same sizes, settings and strings.</summary>
    /// <returns>The step at which it was saved.</returns>
    public static long Require<TLosses>(string path, NetworkTrainer<TLosses> trainer) =>
        Require(new CheckpointReader(path), trainer.Content, trainer.Steps);

    private static long Require(CheckpointReader reader, CheckpointContent content, long steps)
    {
        reader.Expect("format", content.Format);
        reader.Expect("shape", content.Shape);
        foreach ((string name, object settings) in content.Settings) reader.Expect(name, settings, s_json);
        reader.Expect("strings", content.Strings);
        reader.ExpectTokens(content.TokensHash);
        return reader.StepOf(steps);
    }
}
