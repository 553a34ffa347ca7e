using System.Globalization;
using Rhm.Experiments.Measurements;

namespace Rhm.Experiments;

/// <summary>What is said below every table of encoders.</summary>
internal static class TransformerNotes
{
    public static IReadOnlyList<string> Of(IReadOnlyList<TransformerCell> cells, IReadOnlyList<TransformerPoint> points, string path)
    {
        var notes = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"{cells.Count} encoders; P* at least: not reached within the strings read; at most: reached at the first look (hollow triangles up and down); all points are in {path}"),
        };
        string[] collapsed = [.. points.Where(point => point.Read > 0 && point.TargetRank < point.Shape.Vocabulary - 1)
            .GroupBy(point => (point.Arm, point.Shape.Multiplicity)).OrderBy(group => group.Key)
            .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Key.Arm}, m = {group.Key.Multiplicity} (lowest rank {group.Min(point => point.TargetRank):0.0})"))];
        if (collapsed.Length > 0) notes.Add($"collapsed at some time, effective rank of the targets below v - 1: {string.Join("; ", collapsed)}");
        return notes;
    }
}
