using System.Globalization;
using Rhm.Networks.Training;

namespace Rhm.Networks.StackedLatentClustering;

/// <summary>
/// The state of a training in a safetensors file: weights under the names and in the layout (outputs x inputs) of torch.nn.Linear, so
/// that <c>load_state_dict</c> of the program benchmarks/peers/slc_torch.py takes them; beside them <c>levels.N.mean</c> (running mean of
/// log phi), <c>teacher.*</c>, and AdamW's moments <c>adam.m.*</c>, <c>adam.v.*</c>; settings, the step, a hash of the strings and the
/// losses since the last point of the curve as texts.
/// </summary>
public static class SlcCheckpoint
{
    /// <summary>Writes the state; a file that stood there is kept until the new one is complete.</summary>
    /// <param name="path">Target, usually .safetensors.</param>
    /// <param name="trainer">What to save.</param>
    /// <exception cref="ArgumentException">The target cannot be written.</exception>
    /// <exception cref="TrainingDivergedException">A parameter is not finite; the file is left as it was.</exception>
    public static void Save(string path, SlcTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        Checkpoint.Save(path, trainer);
    }

    /// <summary>Brings a trainer, made with the same settings for the same strings, to the saved state.</summary>
    /// <param name="path">The file.</param>
    /// <param name="trainer">Receives the state.</param>
    /// <exception cref="ArgumentException">
    /// The file is not a checkpoint, or was saved by a training with other sizes, settings or strings; the trainer is left as it was.
    /// </exception>
    public static void Load(string path, SlcTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        Checkpoint.Load(path, trainer);
    }

    /// <summary>The number of steps is a setting too: the learning rate falls towards the last one.</summary>
    internal static CheckpointContent ContentOf(SlcTrainer trainer)
    {
        SlcNetwork<float> network = trainer.Network;
        return new CheckpointContent("rhm-slc 1", network.Shape.ToString(),
            [new("objective", network.Objective), new("training", trainer.Training with { Threads = 1 })],
            trainer.Strings.ToString(CultureInfo.InvariantCulture), trainer.TokensHash, 3 * network.Shape.Modules,
            [
                .. Parameters("", network.Parameters),
                .. network.RunningMeans.Select((mean, l) => CheckpointArray.Of($"levels.{l}.mean", mean)),
                .. network.TeacherParameters.Length > 0 ? Parameters("teacher.", network.TeacherParameters) : [],
                .. Parameters("adam.m.", trainer.Moments.First),
                .. Parameters("adam.v.", trainer.Moments.Second),
            ]);

        IEnumerable<CheckpointArray> Parameters(string prefix, float[] values) =>
            network.Layout.Modules.SelectMany(module => module.All).Select(tensor => new CheckpointArray(prefix + tensor.Name,
                TorchShape(tensor), () => ToTorch(tensor, tensor.Of(values)), stored => FromTorch(tensor, stored, tensor.Of(values))));
    }

    private static bool IsBias(SlcTensor tensor) => tensor.Name.EndsWith("bias", StringComparison.Ordinal);

    /// <summary>Whether the s blocks stand side by side on the outputs (W3), not on the inputs (V1).</summary>
    private static bool SplitsOutputs(SlcTensor tensor) => tensor.Name.Contains("predictor", StringComparison.Ordinal);

    /// <summary>Outputs x inputs, or the length of a bias.</summary>
    internal static long[] TorchShape(SlcTensor tensor) => IsBias(tensor) ? [tensor.Length]
        : SplitsOutputs(tensor) ? [tensor.Blocks * tensor.Columns, tensor.Rows] : [tensor.Columns, tensor.Blocks * tensor.Rows];

    /// <summary>Where weight [block, row, column] stands in an array outputs x inputs.</summary>
    private static int TorchIndex(SlcTensor tensor, int block, int row, int column) => SplitsOutputs(tensor)
        ? (block * tensor.Columns + column) * tensor.Rows + row
        : (column * tensor.Blocks + block) * tensor.Rows + row;

    /// <summary>The weight as an array outputs x inputs.</summary>
    private static float[] ToTorch(SlcTensor tensor, ReadOnlySpan<float> values)
    {
        var result = new float[tensor.Length];
        int[] order = TorchOrder(tensor);
        for (int i = 0; i < order.Length; i++) result[order[i]] = values[i];
        return result;
    }

    /// <summary>Copies an array outputs x inputs to where the weight stands.</summary>
    internal static void FromTorch<T>(SlcTensor tensor, T[] values, Span<T> target)
    {
        int[] order = TorchOrder(tensor);
        for (int i = 0; i < order.Length; i++) target[i] = values[order[i]];
    }

    /// <summary>Where each number of a weight stands in an array outputs x inputs.</summary>
    private static int[] TorchOrder(SlcTensor tensor)
    {
        if (IsBias(tensor)) return [.. Enumerable.Range(0, tensor.Length)];
        var order = new int[tensor.Length];
        int at = 0;
        for (int block = 0; block < tensor.Blocks; block++)
        {
            for (int row = 0; row < tensor.Rows; row++)
            {
                for (int column = 0; column < tensor.Columns; column++) order[at++] = TorchIndex(tensor, block, row, column);
            }
        }
        return order;
    }
}
