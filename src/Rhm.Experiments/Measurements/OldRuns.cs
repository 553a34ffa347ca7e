using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Statistics;
using Rhm.Sweeps;
using Rhm.Thresholds;

namespace Rhm.Experiments.Measurements;

/// <summary>
/// Takes over what experiments wrote before they were sweeps: cells.csv, a row for each run of a learner. A threshold is taken over where
/// every run that its search asks for is there.
/// </summary>
internal static class OldRuns
{
    private const string Source = "taken over from cells.csv";

    private sealed record Row(string Learner, GrammarShape Shape, int Grammar, long Samples, double[] Accuracy, double Seconds);

    private static readonly CsvFormat<Row> s_format = new(row => new Row(row.Text("learner"), row.Shape, row.Int("grammar"), row.Long("P"),
        [.. Enumerable.Range(1, row.Shape.Depth - 1).Select(level => row.Number($"accuracy_level{level}"))], row.Number("seconds")));

    /// <summary>A run that the file does not have.</summary>
    private sealed class MissingRunException : Exception;

    /// <summary>Fills in the results that a file gives.</summary>
    /// <param name="path">cells.csv; none is no error.</param>
    /// <param name="seed">The experiment's: runs of other seeds are left out.</param>
    /// <param name="store">Receives the results.</param>
    /// <param name="cells">Cells without a result.</param>
    public static void Import(string path, ulong seed, ResultStore store, IReadOnlyList<Cell> cells)
    {
        if (!File.Exists(path)) return;
        string[] lines = [.. File.ReadLines(path)];
        if (lines.Length < 3 || lines[0] != $"# runs of rhm reproduce, seed {seed}, {CsvStore.Versions()}") return;
        var runs = new Dictionary<(string, GrammarShape, int, long), Row>();
        // A last line that an interrupted write left incomplete has too few fields.
        string[] whole = [.. lines.Skip(2).Where(line => line.Split(',').Length == lines[1].Split(',').Length)];
        foreach (Row row in s_format.Read(lines[1], whole, i => new ArgumentException($"{path} is damaged: {whole[i]}")))
            runs[(row.Learner, row.Shape, row.Grammar, row.Samples)] = row;
        store.FinishAll(cells.Select(cell => Outcome(cell, runs)).OfType<CellOutcome>());
    }

    private static CellOutcome? Outcome(Cell cell, Dictionary<(string, GrammarShape, int, long), Row> runs)
    {
        if (cell is not LearnerCell learner) return null;
        string name = KeyOf(learner.Settings.Learner, learner.Settings.Options);
        Row? Find(int grammar, long samples) => runs.GetValueOrDefault((name, learner.Shape, grammar, samples));
        if (cell is RunCell { Numbered: true } run)
        {
            return Find((int)run.Grammar, run.Samples) is { } row
                ? Outcome(cell, new LearningResult(row.Accuracy), row.Seconds)
                : null;
        }
        if (cell is not ThresholdCell threshold) return null;
        var used = new List<Row>();
        ThresholdMeasurement measurement = threshold.Measurement with
        {
            Store = (grammar, samples, _) =>
            {
                used.Add(Find(grammar, samples) ?? throw new MissingRunException());
                return used[^1].Accuracy;
            },
        };
        try
        {
            IReadOnlyList<Crossing> crossings = measurement.Cross((int)threshold.Grammar);
            return Outcome(cell, threshold.ResultOf(crossings, used.Count), used.Sum(row => row.Seconds));
        }
        catch (MissingRunException)
        {
            return null;
        }
    }

    private static CellOutcome Outcome(Cell cell, LearningResult result, double seconds) => new(cell.Key, cell.Configuration,
        result.Accuracy, result.Measures, null, seconds, null, null, null, Source, "", "");

    /// <summary>Name, version and those parameters of a learner that are not at their defaults.</summary>
    private static string KeyOf(Learner learner, object options) => string.Join(' ', learner.Parameters
        .Select(parameter => (parameter, Value: parameter.ValueOf(options)))
        .Where(set => !Equals(set.Value, set.parameter.Default))
        .Select(set => $"{set.parameter.Name}={LearnerParameter.Format(set.Value)}").Prepend($"{learner.Name}-{learner.Version}"));
}
