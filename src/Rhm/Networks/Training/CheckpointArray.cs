namespace Rhm.Networks.Training;

/// <summary>An array of a checkpoint.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Shape">Its shape there.</param>
/// <param name="Values">Its numbers as the file has them.</param>
/// <param name="Copy">Takes such numbers to where they are used.</param>
internal sealed record CheckpointArray(string Name, long[] Shape, Func<float[]> Values, Action<float[]> Copy)
{
    /// <summary>An array that the file has as it stands in memory.</summary>
    public static CheckpointArray Of(string name, float[] values) =>
        new(name, [values.Length], () => values, stored => stored.CopyTo(values, 0));
}
