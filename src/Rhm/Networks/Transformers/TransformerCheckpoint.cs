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
    /// <summary>Writes the state; a file that stood there is kept until the new one is complete.</summary>
    /// <param name="path">Target, usually .safetensors.</param>
    /// <param name="trainer">What to save.</param>
    /// <exception cref="ArgumentException">The target cannot be written.</exception>
    /// <exception cref="TrainingDivergedException">A parameter is not finite; the file is left as it was.</exception>
    public static void Save(string path, TransformerTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        Checkpoint.Save(path, trainer);
    }

    /// <summary>
    /// Brings a trainer, made with the same settings for the same strings, to the saved state. The numbers of steps and threads may differ.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="trainer">Receives the state.</param>
    /// <exception cref="ArgumentException">
    /// The file is not a checkpoint, or was saved by a training with other sizes, settings or strings; the trainer is left as it was.
    /// </exception>
    public static void Load(string path, TransformerTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        Checkpoint.Load(path, trainer);
    }

    /// <summary>The number of steps is no setting: the learning rate does not depend on it.</summary>
    internal static CheckpointContent ContentOf(TransformerTrainer trainer) => new("rhm-transformer 1", trainer.Encoder.Shape.ToString(),
        [new("training", trainer.Training with { Threads = 1, Steps = 1 })], trainer.Fingerprint, trainer.TokensHash, 2,
        [
            .. Parameters(trainer.Layout, "", trainer.Encoder.Parameters),
            .. trainer.Teacher is { } teacher ? Parameters(trainer.Layout, "teacher.", teacher.Parameters) : [],
            .. Parameters(trainer.Layout, "adam.m.", trainer.Moments.First),
            .. Parameters(trainer.Layout, "adam.v.", trainer.Moments.Second),
        ]);

    /// <summary>The encoder of a training, without its head, in an untrained one's place.</summary>
    /// <param name="path">The file.</param>
    /// <param name="shape">Its sizes.</param>
    /// <exception cref="ArgumentException">The file is not a checkpoint, or of an encoder of other sizes.</exception>
    public static TransformerEncoder LoadEncoder(string path, TransformerShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var layout = new TransformerLayout(shape);
        var encoder = new TransformerEncoder(layout, causal: false);
        var reader = new CheckpointReader(path);
        reader.Expect("shape", shape.ToString());
        foreach (CheckpointArray array in Parameters(layout, "", encoder.Parameters)) reader.Plan(array);
        reader.Apply();
        return encoder;
    }

    /// <summary>A teacher has no head.</summary>
    private static IEnumerable<CheckpointArray> Parameters(TransformerLayout layout, string prefix, float[] values) =>
        layout.All.Where(tensor => tensor.Offset + tensor.Length <= values.Length)
            .Select(tensor => new CheckpointArray(prefix + tensor.Name, TorchShape(tensor), () => ToTorch(tensor, values),
                stored => FromTorch(tensor, stored, tensor.Of(values))));

    /// <summary>Outputs x inputs of a linear layer; symbols or positions x d_model of an embedding; the length of a vector.</summary>
    internal static long[] TorchShape(TransformerTensor tensor) => tensor.Kind switch
    {
        TransformerTensorKind.Linear or TransformerTensorKind.Square => [tensor.Columns, tensor.Rows],
        TransformerTensorKind.Embedding => [tensor.Rows, tensor.Columns],
        _ => [tensor.Length],
    };

    private static float[] ToTorch(TransformerTensor tensor, float[] all)
    {
        float[] values = tensor.Of(all).ToArray();
        return IsTransposed(tensor) ? Transpose(values, tensor.Rows, tensor.Columns) : values;
    }

    /// <summary>Copies an array as PyTorch has it to where the tensor stands.</summary>
    internal static void FromTorch<T>(TransformerTensor tensor, T[] values, Span<T> target) =>
        (IsTransposed(tensor) ? Transpose(values, tensor.Columns, tensor.Rows) : values).CopyTo(target);

    private static bool IsTransposed(TransformerTensor tensor) =>
        tensor.Kind is TransformerTensorKind.Linear or TransformerTensorKind.Square;

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
