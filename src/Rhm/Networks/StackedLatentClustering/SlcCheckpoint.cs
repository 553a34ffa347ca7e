using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rhm.Files;
using Rhm.Networks.Training;

namespace Rhm.Networks.StackedLatentClustering;

/// <summary>
/// The state of a training in a safetensors file: weights under the names and in the layout (outputs x inputs) of torch.nn.Linear, so
/// that <c>load_state_dict</c> of the program benchmarks/peers/slc_torch.py takes them; beside them <c>levels.N.mean</c> (running mean of
/// log phi), <c>teacher.*</c>, and AdamW's moments <c>adam.m.*</c>, <c>adam.v.*</c>; settings, the step, a hash of the strings and the losses since the last point of the curve as
/// texts.
/// </summary>
public static class SlcCheckpoint
{
    private const string Format = "rhm-slc 1";

    private static readonly JsonSerializerOptions s_json = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>Writes the state; a file that stood there is kept until the new one is complete.</summary>
    /// <param name="path">Target, usually .safetensors.</param>
    /// <param name="trainer">What to save.</param>
    /// <exception cref="ArgumentException">The target cannot be written.</exception>
    /// <exception cref="TrainingDivergedException">A parameter is not finite; the file is left as it was.</exception>
    public static void Save(string path, SlcTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        trainer.RequireFinite();
        SlcNetwork<float> network = trainer.Network;
        var arrays = new Dictionary<string, SafetensorsArray>();
        AddAll("", network.Parameters);
        for (int l = 0; l < network.RunningMeans.Count; l++) arrays[$"levels.{l}.mean"] = new SafetensorsArray([network.RunningMeans[l].Length], network.RunningMeans[l]);
        if (network.TeacherParameters.Length > 0) AddAll("teacher.", network.TeacherParameters);
        AddAll("adam.m.", trainer.FirstMoments);
        AddAll("adam.v.", trainer.SecondMoments);
        SafetensorsFile.Write(path, arrays, new Dictionary<string, string>
        {
            ["format"] = Format,
            ["shape"] = network.Shape.ToString(),
            ["objective"] = JsonSerializer.Serialize(network.Objective, s_json),
            ["training"] = JsonSerializer.Serialize(Settings(trainer.Training), s_json),
            ["strings"] = trainer.Strings.ToString(CultureInfo.InvariantCulture),
            ["tokens"] = trainer.TokensHash,
            ["losses"] = trainer.Losses.Save(),
            ["step"] = trainer.Step.ToString(CultureInfo.InvariantCulture),
        });

        void AddAll(string prefix, float[] values)
        {
            foreach (SlcTensor tensor in network.Layout.Modules.SelectMany(module => module.All))
                arrays[prefix + tensor.Name] = ToTorch(tensor, tensor.Of(values));
        }
    }

    /// <summary>Brings a trainer, made with the same settings for the same strings, to the saved state.</summary>
    /// <param name="path">The file.</param>
    /// <param name="trainer">Receives the state.</param>
    /// <exception cref="ArgumentException">The file is not a checkpoint, or was saved by a training with other sizes, settings or strings; the trainer is left as it was.</exception>
    public static void Load(string path, SlcTrainer trainer)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        SlcNetwork<float> network = trainer.Network;
        var reader = new CheckpointReader(path);
        reader.Expect("format", Format);
        reader.Expect("shape", network.Shape.ToString());
        reader.Expect("objective", network.Objective, s_json);
        reader.Expect("training", Settings(trainer.Training), s_json);
        reader.Expect("strings", trainer.Strings.ToString(CultureInfo.InvariantCulture));
        reader.ExpectTokens(trainer.TokensHash);
        long step = reader.StepOf(trainer.Training.Steps);
        double[] losses = reader.LossesOf(3 * network.Shape.Modules);
        Plan("", network.Parameters);
        if (network.TeacherParameters.Length > 0) Plan("teacher.", network.TeacherParameters);
        Plan("adam.m.", trainer.FirstMoments);
        Plan("adam.v.", trainer.SecondMoments);
        for (int l = 0; l < network.RunningMeans.Count; l++)
        {
            float[] target = network.RunningMeans[l];
            reader.Plan($"levels.{l}.mean", [target.Length], values => values.CopyTo(target, 0));
        }
        reader.Apply();
        if (step > 0) network.UseRunningMeans();
        trainer.Losses.Load(losses);
        trainer.Step = step;

        void Plan(string prefix, float[] target)
        {
            foreach (SlcTensor tensor in network.Layout.Modules.SelectMany(module => module.All))
                reader.Plan(prefix + tensor.Name, TorchShape(tensor), values => FromTorch(tensor, values, tensor.Of(target)));
        }
    }

    private static SlcTraining Settings(SlcTraining training) => training with { Threads = 1 };

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

    private static SafetensorsArray ToTorch(SlcTensor tensor, ReadOnlySpan<float> values)
    {
        var result = new float[tensor.Length];
        if (IsBias(tensor)) values.CopyTo(result);
        else Visit(tensor, values, (index, value) => result[index] = value);
        return new SafetensorsArray(TorchShape(tensor), result);

        static void Visit(SlcTensor tensor, ReadOnlySpan<float> values, Action<int, float> visit)
        {
            int at = 0;
            for (int block = 0; block < tensor.Blocks; block++)
            {
                for (int row = 0; row < tensor.Rows; row++)
                {
                    for (int column = 0; column < tensor.Columns; column++) visit(TorchIndex(tensor, block, row, column), values[at++]);
                }
            }
        }
    }

    /// <summary>Copies an array outputs x inputs to where the weight stands.</summary>
    internal static void FromTorch<T>(SlcTensor tensor, T[] values, Span<T> target)
    {
        if (IsBias(tensor))
        {
            values.CopyTo(target);
            return;
        }
        int at = 0;
        for (int block = 0; block < tensor.Blocks; block++)
        {
            for (int row = 0; row < tensor.Rows; row++)
            {
                for (int column = 0; column < tensor.Columns; column++) target[at++] = values[TorchIndex(tensor, block, row, column)];
            }
        }
    }
}
