using System.Globalization;

namespace Rhm.Experiments.Measurements;

/// <summary>What is said below every table of encoders.</summary>
internal static class EncoderNotes
{
    /// <summary>How many there are and which of them collapsed.</summary>
    /// <param name="cells">The encoders.</param>
    /// <param name="points">What they know.</param>
    /// <param name="path">Where all points are.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<EncoderCell> cells, IReadOnlyList<EncoderPoint> points, string path)
    {
        const string bounds = "P* at least: not reached within the strings read; at most: reached at the first look "
            + "(hollow triangles up and down)";
        var notes = new List<string> { $"{cells.Count} encoders; {bounds}; all points are in {path}" };
        string[] collapsed = [.. points.Where(point => point.Read > 0 && point.TargetRank < point.Shape.Vocabulary - 1)
            .GroupBy(point => (point.Objective, point.Shape.Multiplicity)).OrderBy(group => group.Key)
            .Select(group => string.Create(CultureInfo.InvariantCulture,
                $"{group.Key.Objective}, m = {group.Key.Multiplicity} (lowest rank {group.Min(point => point.TargetRank):0.0})"))];
        if (collapsed.Length > 0)
            notes.Add($"collapsed at some time, effective rank of the targets below v - 1: {string.Join("; ", collapsed)}");
        return notes;
    }
}
