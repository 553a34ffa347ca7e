namespace Rhm.Experiments.Measurements;

/// <summary>Parameters of an experiment as values in the place of those that its sweep file names.</summary>
internal static class Given
{
    /// <summary>The numbers; null where nothing was said.</summary>
    public static IReadOnlyList<double>? Of(IReadOnlyList<int>? numbers) =>
        numbers is null ? null : [.. numbers.Select(number => (double)number)];

    /// <summary>The numbers in ascending order, each once; null where nothing was said.</summary>
    public static IReadOnlyList<double>? Ordered(IReadOnlyList<int>? numbers) =>
        numbers is null ? null : Of([.. numbers.Distinct().Order()]);

    /// <summary>The number; null where nothing was said.</summary>
    public static IReadOnlyList<double>? Of(int? number) => number is { } known ? [known] : null;

    /// <summary>The number; null where nothing was said.</summary>
    public static IReadOnlyList<double>? Of(double? number) => number is { } known ? [known] : null;
}
