using Rhm.Files;
using Rhm.Networks.Training;

namespace Rhm.Networks.JointEmbedding;

/// <summary>
/// The state of a training in a safetensors file: of finished levels <c>levels.N.labels</c>, <c>levels.N.embeddings</c> and
/// <c>levels.N.found</c> (number of latents, dimension, effective rank); of the level in training <c>training.*</c>, or of all levels
/// <c>training.N.*</c>: weights layer by layer, inputs x outputs, then biases, predictors, teacher, and AdamW's moments; settings, step, a
/// hash of the strings and the losses since the last point of the curve as texts.
/// </summary>
public static class JointEmbeddingCheckpoint
{
    /// <summary>Writes the state; a file that stood there is kept until the new one is complete.</summary>
    /// <param name="path">Target, usually .safetensors.</param>
    /// <param name="trainer">What to save.</param>
    /// <exception cref="ArgumentException">The target cannot be written.</exception>
    /// <exception cref="TrainingDivergedException">A parameter is not finite; the file is left as it was.</exception>
    public static void Save(string path, JointEmbeddingTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        Checkpoint.Save(path, trainer);
    }

    /// <summary>Brings a trainer, made with the same settings for the same strings, to the saved state.</summary>
    /// <param name="path">The file.</param>
    /// <param name="trainer">Receives the state; it is at step 0.</param>
    /// <exception cref="ArgumentException">
    /// The file is not a checkpoint, or was saved by a training with other sizes, settings or strings; the trainer is left as it was.
    /// </exception>
    public static void Load(string path, JointEmbeddingTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        long step = Checkpoint.Require(path, trainer);
        if (trainer.Options.Gradients == JointEmbeddingGradients.EndToEnd)
        {
            Checkpoint.Load(path, trainer);
            return;
        }
        JointEmbeddingTrainer saved;
        try
        {
            saved = trainer.At(step, [.. Finished(path)]);
        }
        catch (ArgumentException error)
        {
            throw new ArgumentException($"{path}: {error.Message}", error);
        }
        Checkpoint.Load(path, saved);
        trainer.Take(saved);
    }

    /// <summary>A finished level.</summary>
    internal static IEnumerable<CheckpointArray> Arrays(EmbeddedLevel level, int number)
    {
        float[] labels = [.. level.Labels.Select(label => (float)label)];
        // 16 bits each: floats hold them exactly, and the rank to single precision twice over.
        float rank = (float)level.Rank;
        yield return CheckpointArray.Of($"levels.{number}.labels", labels);
        yield return CheckpointArray.Of($"levels.{number}.embeddings", level.Embeddings);
        yield return CheckpointArray.Of($"levels.{number}.found", [level.Latents, level.Dimension, rank, (float)(level.Rank - rank)]);
    }

    private static IEnumerable<EmbeddedLevel> Finished(string path)
    {
        Dictionary<string, SafetensorsArray> arrays = SafetensorsFile.Read(path).Arrays;
        for (int l = 0; arrays.TryGetValue($"levels.{l}.labels", out SafetensorsArray? labels); l++)
        {
            bool isWhole = arrays.TryGetValue($"levels.{l}.found", out SafetensorsArray? found) & found?.Values.Length == 4
                & arrays.TryGetValue($"levels.{l}.embeddings", out SafetensorsArray? embeddings);
            int latents = isWhole ? (int)found!.Values[0] : 0, d = isWhole ? (int)found!.Values[1] : 0;
            isWhole = isWhole && labels.Values.All(label => label >= 0 && label < latents)
                && embeddings!.Values.Length is var size && (size == 0 || size == labels.Values.Length * d);
            if (!isWhole) throw new ArgumentException($"level {l} of the checkpoint cannot be read");
            yield return new EmbeddedLevel([.. labels.Values.Select(label => (int)label)], latents, embeddings!.Values, d,
                (double)found!.Values[2] + found.Values[3]);
        }
    }
}
