using System.Globalization;
using System.Text.Json;

namespace Rhm.Learners;

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
        if (found != expected) throw new ArgumentException($"{_path}: the checkpoint's {name} is {found}, this training's {expected}");
    }

    /// <summary>Refuses a checkpoint with other settings; those that did not exist yet when it was saved had their defaults.</summary>
    public void Expect<T>(string name, T settings, JsonSerializerOptions json)
    {
        string expected = JsonSerializer.Serialize(settings, json), found = _metadata.GetValueOrDefault(name, "none");
        try
        {
            found = JsonSerializer.Serialize(JsonSerializer.Deserialize<T>(found, json), json);
        }
        catch (JsonException)
        {
            // shown as it is
        }
        if (found != expected) throw new ArgumentException($"{_path}: the checkpoint's {name} is {found}, this training's {expected}");
    }

    /// <summary>The step at which it was saved.</summary>
    public long Step => long.TryParse(_metadata.GetValueOrDefault("step"), CultureInfo.InvariantCulture, out long step) && step >= 0
        ? step
        : throw new ArgumentException($"{_path}: the checkpoint does not say its step");

    /// <summary>Finds an array of a given shape; <paramref name="copy"/> receives it in <see cref="Apply"/>.</summary>
    public void Plan(string name, long[] shape, Action<float[]> copy)
    {
        if (!_arrays.TryGetValue(name, out SafetensorsArray? array)) throw new ArgumentException($"{_path}: array {name} is missing");
        if (!array.Shape.SequenceEqual(shape))
            throw new ArgumentException($"{_path}: array {name} has shape {string.Join(" x ", array.Shape)}, the network needs {string.Join(" x ", shape)}");
        _copies.Add(() => copy(array.Values));
    }

    /// <summary>Does what was planned.</summary>
    public void Apply()
    {
        foreach (Action copy in _copies) copy();
    }
}
