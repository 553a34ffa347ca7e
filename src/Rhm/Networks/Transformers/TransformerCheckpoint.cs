using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rhm.Files;
using Rhm.Networks.Training;

namespace Rhm.Networks.Transformers;

/// <summary>
/// The state of a training in a safetensors file: weights under the names and in the layout (outputs x inputs) of the PyTorch program
/// benchmarks/peers/transformer_torch.py, whose <c>load_state_dict</c> takes them; beside them <c>teacher.*</c> and AdamW's moments
/// <c>adam.m.*</c>, <c>adam.v.*</c>; shape, settings, the step, a hash of the strings and the
/// losses since the last point of the curve as texts.
/// </summary>
public static class TransformerCheckpoint
{
    private const string Format = "rhm-transformer 1";

    private static readonly JsonSerializerOptions s_json = new() { Converters = { new JsonStringEnumConverter() }, IgnoreReadOnlyProperties = true };

    /// <summary>Writes the state; a file that stood there is kept until the new one is complete.</summary>
    /// <param name="path">Target, usually .safetensors.</param>
    /// <param name="trainer">What to save.</param>
    /// <exception cref="ArgumentException">The target cannot be written.</exception>
    /// <exception cref="TrainingDivergedException">A parameter is not finite; the file is left as it was.</exception>
    public static void Save(string path, TransformerTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        trainer.RequireFinite();
        var arrays = new Dictionary<string, SafetensorsArray>();
        foreach ((string prefix, float[] values) in Parts(trainer))
        {
            foreach (TransformerTensor tensor in Held(trainer, values)) arrays[prefix + tensor.Name] = new SafetensorsArray(TorchShape(tensor), ToTorch(tensor, values));
        }
        SafetensorsFile.Write(path, arrays, new Dictionary<string, string>
        {
            ["format"] = Format,
            ["shape"] = trainer.Encoder.Shape.ToString(),
            ["training"] = JsonSerializer.Serialize(Settings(trainer.Training), s_json),
            ["strings"] = trainer.Fingerprint,
            ["tokens"] = trainer.TokensHash,
            ["losses"] = trainer.Losses.Save(),
            ["step"] = trainer.Step.ToString(CultureInfo.InvariantCulture),
        });
    }

    /// <summary>
    /// Brings a trainer, made with the same settings for the same strings, to the saved state. The numbers of steps and threads may differ.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="trainer">Receives the state.</param>
    /// <exception cref="ArgumentException">The file is not a checkpoint, or was saved by a training with other sizes, settings or strings; the trainer is left as it was.</exception>
    public static void Load(string path, TransformerTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        var reader = new CheckpointReader(path);
        reader.Expect("format", Format);
        reader.Expect("shape", trainer.Encoder.Shape.ToString());
        reader.Expect("training", Settings(trainer.Training), s_json);
        reader.Expect("strings", trainer.Fingerprint);
        reader.ExpectTokens(trainer.TokensHash);
        long step = reader.StepOf(trainer.Training.Steps);
        double[] losses = reader.LossesOf(2);
        foreach ((string prefix, float[] values) in Parts(trainer))
        {
            foreach (TransformerTensor tensor in Held(trainer, values))
                reader.Plan(prefix + tensor.Name, TorchShape(tensor), stored => FromTorch(tensor, stored, tensor.Of(values)));
        }
        reader.Apply();
        trainer.Losses.Load(losses);
        trainer.Step = step;
    }

    private static IEnumerable<(string Prefix, float[] Values)> Parts(TransformerTrainer trainer)
    {
        yield return ("", trainer.Encoder.Parameters);
        if (trainer.Teacher is { } teacher) yield return ("teacher.", teacher.Parameters);
        yield return ("adam.m.", trainer.FirstMoments);
        yield return ("adam.v.", trainer.SecondMoments);
    }

    /// <summary>A teacher has no head.</summary>
    private static IEnumerable<TransformerTensor> Held(TransformerTrainer trainer, float[] values) =>
        trainer.Layout.All.Where(tensor => tensor.Offset + tensor.Length <= values.Length);

    private static TransformerTraining Settings(TransformerTraining training) => training with { Threads = 1, Steps = 1 };

    /// <summary>Outputs x inputs of a linear layer; symbols or positions x d_model of an embedding; the length of a vector.</summary>
    internal static long[] TorchShape(TransformerTensor tensor) => tensor.Kind switch
    {
        TransformerTensorKind.Linear => [tensor.Columns, tensor.Rows],
        TransformerTensorKind.Embedding => [tensor.Rows, tensor.Columns],
        _ => [tensor.Length],
    };

    private static float[] ToTorch(TransformerTensor tensor, float[] all)
    {
        float[] values = tensor.Of(all).ToArray();
        return tensor.Kind == TransformerTensorKind.Linear ? Transpose(values, tensor.Rows, tensor.Columns) : values;
    }

    /// <summary>Copies an array as PyTorch has it to where the tensor stands.</summary>
    internal static void FromTorch<T>(TransformerTensor tensor, T[] values, Span<T> target) =>
        (tensor.Kind == TransformerTensorKind.Linear ? Transpose(values, tensor.Columns, tensor.Rows) : values).CopyTo(target);

    private static T[] Transpose<T>(T[] values, int rows, int columns)
    {
        var result = new T[values.Length];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j];
        }
        return result;
    }
}
