using System.Text.Json;
using Rhm.Clustering;
using Rhm.Files;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Networks.Probes;
using Rhm.Strings;

namespace Rhm.Commands;

/// <summary>
/// The folder of one problem, in which this program and a command meet: train.npy, held.npy and problem.json go in, labels or features of
/// nodes come out (docs/command-learner.md).
/// </summary>
internal static class CommandFolder
{
    // Some thousand named numbers.
    private const int MostMeasures = 1 << 20;

    /// <summary>Writes the problem; the held-out strings have no latents.</summary>
    public static void Write(string folder, LearningProblem problem, IReadOnlyDictionary<string, object> parameters)
    {
        DatasetFile.Write(problem.Strings, Path.Combine(folder, "train.npy"), cancellation: problem.Cancellation);
        DatasetFile.Write(problem.HeldOutStrings, Path.Combine(folder, "held.npy"), cancellation: problem.Cancellation);
        GrammarShape shape = problem.Grammar.Shape;
        File.WriteAllText(Path.Combine(folder, "problem.json"), JsonSerializer.Serialize(new
        {
            protocol = CommandLearner.Protocol,
            depth = shape.Depth,
            branching = shape.Branching,
            vocabulary = shape.Vocabulary,
            multiplicity = shape.Multiplicity,
            classes = shape.Classes,
            samples = problem.Samples,
            held = problem.HeldOut,
            seed = problem.Seed,
            threads = problem.Threads,
            parameters,
        }));
    }

    /// <summary>Reads and scores what the command wrote.</summary>
    /// <exception cref="LearnerFailedException">Nothing, or an array of another shape, or numbers out of range.</exception>
    public static LearningResult Read(string folder, LearningProblem problem)
    {
        GrammarShape shape = problem.Grammar.Shape;
        var accuracy = new double[shape.Depth - 1];
        Dictionary<string, double> measures = Measures(folder);
        bool any = false;
        for (int level = 1; level < shape.Depth; level++)
        {
            string labels = Path.Combine(folder, $"level{level}.npy"), features = Path.Combine(folder, $"level{level}.features.npy");
            if (File.Exists(labels)) accuracy[level - 1] = ScoreLabels(labels, problem, level);
            else if (File.Exists(features))
            {
                accuracy[level - 1] = ScoreFeatures(features, problem, level);
                string untrained = Path.Combine(folder, $"level{level}.untrained.npy");
                if (File.Exists(untrained)) measures[$"probe_untrained_level{level}"] = ScoreFeatures(untrained, problem, level);
            }
            else continue;
            any = true;
        }
        return any
            ? new LearningResult(accuracy) { Measures = measures }
            : throw new LearnerFailedException("the command wrote neither labels (level1.npy ..) nor features (level1.features.npy ..)");
    }

    private static Dictionary<string, double> Measures(string folder)
    {
        string path = Path.Combine(folder, "measures.json");
        if (!File.Exists(path)) return [];
        RequireFile(path);
        if (new FileInfo(path).Length > MostMeasures)
            throw new LearnerFailedException($"measures.json is longer than {MostMeasures} bytes");
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(path)) ?? [];
        }
        catch (JsonException)
        {
            throw new LearnerFailedException("measures.json is no object of finite numbers by name");
        }
    }

    private static double ScoreLabels(string path, LearningProblem problem, int level)
    {
        ushort[] truth = Latents(problem, level);
        (long[] labels, IReadOnlyList<long> shape) = Read(path, NumpyFile.Read);
        RequireShape(path, shape, [problem.HeldOut, problem.Grammar.Shape.NodeCount(level)]);
        foreach (long label in labels)
        {
            const int most = LearnedHierarchy.Unresolved - 1;
            if (label is < -1 or > LearnedHierarchy.Unresolved)
                throw new LearnerFailedException($"{Path.GetFileName(path)}: label {label} is outside 0..{most} (-1: not resolved)");
        }
        int symbols = problem.Grammar.Shape.SymbolCount(level);
        int count = Math.Max(1, (int)labels.Where(label => label < LearnedHierarchy.Unresolved).DefaultIfEmpty(0).Max() + 1);
        if ((long)count * symbols > 1 << 26)
            throw new LearnerFailedException($"{Path.GetFileName(path)}: {count} labels are too many to match with {symbols} symbols");
        var confusion = new long[symbols, count];
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] >= 0 && labels[i] < count) confusion[truth[i], labels[i]]++;
        }
        return LabelMatching.BestOneToOne(confusion).Total / (double)labels.Length;
    }

    /// <summary>Probes are fitted to the features of the first half of the held-out strings and scored on the second.</summary>
    private static double ScoreFeatures(string path, LearningProblem problem, int level)
    {
        ushort[] truth = Latents(problem, level);
        (float[] features, IReadOnlyList<long> shape) = Read(path, NumpyFile.ReadFloats);
        int nodes = problem.Grammar.Shape.NodeCount(level);
        int width = shape.Count == 3 && shape[2] is >= 1 and <= 1 << 16 ? (int)shape[2] : 0;
        RequireShape(path, shape, [problem.HeldOut, nodes, Math.Max(1, width)]);
        if (features.Any(value => !float.IsFinite(value)))
            throw new LearnerFailedException($"{Path.GetFileName(path)} has features that are not finite");
        int half = (int)(problem.HeldOut / 2) * nodes;
        return RidgeProbe.Accuracy(new LabelledFeatures(features[..(half * width)], width, truth[..half]),
            new LabelledFeatures(features[(half * width)..], width, truth[half..]), problem.Grammar.Shape.SymbolCount(level));
    }

    private static (T[], IReadOnlyList<long>) Read<T>(string path, Func<Stream, (T[], IReadOnlyList<long>)> read)
    {
        RequireFile(path);
        try
        {
            using FileStream stream = File.OpenRead(path);
            return read(stream);
        }
        catch (ArgumentException error)
        {
            throw new LearnerFailedException($"{Path.GetFileName(path)}: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new LearnerFailedException($"{Path.GetFileName(path)}: {FileFault.Reason(error)}", error);
        }
    }

    /// <summary>Refuses a pipe or a device, which may have no end.</summary>
    private static void RequireFile(string path)
    {
        if (FileKind.NotOrdinary(FileKind.Resolved(path)) is string reason)
            throw new LearnerFailedException($"{Path.GetFileName(path)}: {reason}");
    }

    private static void RequireShape(string path, IReadOnlyList<long> shape, ReadOnlySpan<long> expected)
    {
        if (!expected.SequenceEqual(shape.ToArray()))
        {
            string wanted = string.Join(", ", expected.ToArray()) is var all && path.EndsWith("features.npy", StringComparison.Ordinal)
                ? all[..all.LastIndexOf(',')] + ", d" : all;
            throw new LearnerFailedException($"{Path.GetFileName(path)} has shape ({string.Join(", ", shape)}), it needs ({wanted})");
        }
    }

    /// <summary>The true symbols of a level of the held-out strings, [held, nodes].</summary>
    private static ushort[] Latents(LearningProblem problem, int level)
    {
        StringSampler strings = problem.HeldOutStrings;
        StringGroup group = strings.CreateGroup();
        using IStringReader reader = strings.OpenReader();
        int nodes = group.NodeCount(level);
        var latents = new ushort[strings.Count * nodes];
        for (long g = 0; g < strings.GroupCount(); g++)
        {
            reader.Read(g, group);
            ReadOnlySpan<ushort> planes = group.Level(level);
            for (int lane = 0; lane < group.Count; lane++)
            {
                long row = (g * StringGroup.Lanes + lane) * nodes;
                for (int node = 0; node < nodes; node++) latents[row + node] = planes[node * StringGroup.Lanes + lane];
            }
        }
        return latents;
    }
}
