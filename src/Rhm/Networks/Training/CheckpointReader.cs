using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rhm.Files;
using Rhm.Numerics;

namespace Rhm.Networks.Training;

/// <summary>A checkpoint as it is read: nothing of a training is changed before all of it has been found.</summary>
internal sealed class CheckpointReader
{
    private readonly string _path;
    private readonly Dictionary<string, SafetensorsArray> _arrays;
    private readonly Dictionary<string, string> _metadata;
    private readonly List<Action> _copies = [];

    /// <exception cref="ArgumentException">The file cannot be read or is no safetensors file.</exception>
    public CheckpointReader(string path)
    {
        _path = path;
        (_arrays, _metadata) = SafetensorsFile.Read(path);
    }

    /// <summary>Refuses a checkpoint whose text of this name is another.</summary>
    public void Expect(string name, string expected)
    {
        string found = _metadata.GetValueOrDefault(name, "none");
        if (found != expected)
            throw new ArgumentException($"{_path}: the checkpoint's {name} is {found}, this training's {expected}");
    }

    /// <summary>Refuses a checkpoint with other settings; those that did not exist yet when it was saved had their defaults.</summary>
    public void Expect(string name, object settings, JsonSerializerOptions json)
    {
        JsonObject here = JsonSerializer.SerializeToNode(settings, settings.GetType(), json)!.AsObject();
        JsonObject? saved = null;
        try
        {
            string text = _metadata.GetValueOrDefault(name, "null");
            object? read = JsonSerializer.Deserialize(text, settings.GetType(), json);
            saved = read is null ? null : JsonSerializer.SerializeToNode(read, settings.GetType(), json)!.AsObject();
        }
        catch (JsonException)
        {
            // refused below
        }
        if (saved is null) throw new ArgumentException($"{_path}: the checkpoint's {name} cannot be read");
        string[] others = [.. here.Where(one => !JsonNode.DeepEquals(one.Value, saved[one.Key]))
            .Select(one => $"{one.Key} {Text(saved[one.Key])} instead of {Text(one.Value)}")];
        if (others.Length > 0) throw new ArgumentException($"{_path} is of a training with {string.Join(", ", others)}");

        static string Text(JsonNode? value) => value?.ToJsonString() ?? "none";
    }

    /// <summary>Refuses a checkpoint of other strings; those saved before their hash was know none.</summary>
    public void ExpectTokens(string hash)
    {
        if (_metadata.TryGetValue("tokens", out string? saved) && saved != hash)
            throw new ArgumentException($"{_path} is of a training on other strings");
    }

    /// <summary>The saved state of <see cref="LossMeans"/>; empty in a checkpoint that has none.</summary>
    /// <param name="losses">How many losses a step has.</param>
    public double[] LossesOf(int losses)
    {
        if (!_metadata.TryGetValue("losses", out string? text)) return [];
        try
        {
            double[] state = JsonSerializer.Deserialize<double[]>(text) ?? [];
            if (state.Length == 0) return state;
            bool isCounted = state[0] >= 1 && state[0] == Math.Floor(state[0]);
            if (state.Length == losses + 1 && isCounted && state.All(double.IsFinite)) return state;
        }
        catch (JsonException)
        {
            // refused below
        }
        throw new ArgumentException($"{_path}: the checkpoint's losses cannot be read");
    }

    /// <summary>The step at which it was saved.</summary>
    /// <param name="steps">The last one of the training.</param>
    public long StepOf(long steps)
    {
        if (!long.TryParse(_metadata.GetValueOrDefault("step"), CultureInfo.InvariantCulture, out long step) || step < 0)
            throw new ArgumentException($"{_path}: the checkpoint does not say its step");
        return step <= steps ? step : throw new ArgumentException($"{_path} is at step {step}, beyond the {steps} steps of this training");
    }

    /// <summary>Finds an array, which is copied to its place in <see cref="Apply"/>.</summary>
    public void Plan(CheckpointArray wanted)
    {
        if (!_arrays.TryGetValue(wanted.Name, out SafetensorsArray? found))
            throw new ArgumentException($"{_path}: array {wanted.Name} is missing");
        if (!found.Shape.SequenceEqual(wanted.Shape))
        {
            throw new ArgumentException(
                $"{_path}: array {wanted.Name} has shape {Text(found.Shape)}, the network needs {Text(wanted.Shape)}");
        }
        if (!float.IsFinite(Reductions.SumOfMagnitudes<float>(found.Values)))
            throw new ArgumentException($"{_path}: array {wanted.Name} holds numbers that are not finite");
        _copies.Add(() => wanted.Copy(found.Values));

        static string Text(IEnumerable<long> shape) => string.Join(" x ", shape);
    }

    /// <summary>Does what was planned.</summary>
    public void Apply()
    {
        foreach (Action copy in _copies) copy();
    }
}
