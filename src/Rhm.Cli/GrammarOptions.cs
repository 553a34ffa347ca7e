using System.CommandLine;
using Rhm.Grammars;
using Rhm.Learning;
using Rhm.Strings;

namespace Rhm.Cli;

/// <summary>The options that say which grammar is meant: a file, or a shape and a seed.</summary>
internal sealed class GrammarOptions
{
    private readonly FileOption _file = Options.Input("--grammar", "Grammar file; instead of the six options below.", "FILE.json");
    private readonly Option<int> _depth = Options.Of<int>(ProblemParameters.Depth);
    private readonly Option<int> _branching = Options.Of<int>(ProblemParameters.Branching);
    private readonly Option<int> _vocabulary = Options.Of<int>(ProblemParameters.Vocabulary);
    private readonly Option<int> _multiplicity = Options.Of<int>(ProblemParameters.Multiplicity);
    private readonly Option<int?> _classes = Options.Of<int?>(ProblemParameters.Classes);
    private readonly Option<double> _zipf = Options.Of<double>(ProblemParameters.Zipf);

    /// <summary>The grammar file, if one is given.</summary>
    public string? FileOf(ParseResult result) => result.GetResult(_file) is null ? null : result.GetValue(_file);

    /// <summary>The Zipf exponent of rules that are to be drawn.</summary>
    public double ZipfOf(ParseResult result) => result.GetValue(_zipf);

    public void AddTo(Command command, bool withFile, bool withZipf = true)
    {
        if (withFile) command.Add(_file);
        foreach (Option option in (Option[])[_depth, _branching, _vocabulary, _multiplicity, _classes]) command.Add(option);
        if (withZipf) command.Add(_zipf);
    }

    /// <summary>s and v of a user's own strings, for which the other options have no meaning.</summary>
    public (int Branching, int Vocabulary) DataShape(ParseResult result)
    {
        Option[] others = [_file, _depth, _multiplicity, _classes, _zipf];
        RefuseBeside("--data", others, "strings of a file need --branching and --vocabulary only", result);
        return result.GetResult(_branching) is not null && result.GetResult(_vocabulary) is not null
            ? (result.GetValue(_branching), result.GetValue(_vocabulary))
            : throw new ArgumentException("strings of a file need --branching and --vocabulary");
    }

    /// <summary>The strings to learn from: those of a file, or strings of a grammar, which is then known.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="path">The file; null for none.</param>
    /// <param name="count">P, if it is given.</param>
    /// <param name="defaultCount">P where it is not.</param>
    /// <param name="seed">Of the grammar and the strings.</param>
    /// <param name="require">Refuses a shape and a P before anything is drawn.</param>
    public (IStringSource Strings, int Branching, Grammar? Truth) ResolveStrings(ParseResult result, string? path, long? count,
        Func<GrammarShape, double> defaultCount, ulong seed, Action<GrammarShape, long>? require = null)
    {
        if (path is not null)
        {
            if (count is not null) throw new ArgumentException("--data and --count exclude each other: all strings of the file are used");
            (int branching, int vocabulary) = DataShape(result);
            return (new StoredStrings(path, vocabulary), branching, null);
        }
        (GrammarShape shape, Grammar? given) = ResolveShape(result);
        long samples = count ?? (long)Math.Min(1e15, defaultCount(shape));
        if (samples < 1) throw new ArgumentException($"number of strings P = {samples} must be at least 1");
        require?.Invoke(shape, samples);
        Grammar truth = given ?? Grammar.Draw(shape, seed, result.GetValue(_zipf));
        return (new StringSampler(truth, seed, samples), truth.Shape.Branching, truth);
    }

    /// <summary>The grammar of a file, or one drawn from the seed.</summary>
    public Grammar Resolve(ParseResult result, ulong seed)
    {
        (GrammarShape shape, Grammar? grammar) = ResolveShape(result);
        return grammar ?? Grammar.Draw(shape, seed, result.GetValue(_zipf));
    }

    /// <summary>The shape, and the grammar where a file gives one; nothing is drawn.</summary>
    public (GrammarShape Shape, Grammar? Grammar) ResolveShape(ParseResult result)
    {
        Option<int>[] sizes = [_depth, _branching, _vocabulary, _multiplicity];
        if (FileOf(result) is string path)
        {
            RefuseBeside("--grammar", [.. sizes, _classes, _zipf], "the file says all", result);
            Grammar grammar = GrammarFile.Read(path);
            return (grammar.Shape, grammar);
        }
        if (sizes.FirstOrDefault(option => result.GetResult(option) is null) is { } missing)
        {
            string first = string.Join(", ", sizes[..^1].Select(option => option.Name));
            throw new ArgumentException($"{missing.Name} is missing: a grammar needs {first} and {sizes[^1].Name}");
        }
        int[] given = [.. sizes.Select(result.GetValue)];
        return (new GrammarShape(given[0], given[1], given[2], given[3], result.GetValue(_classes)), null);
    }

    private static void RefuseBeside(string chosen, IEnumerable<Option> others, string reason, ParseResult result)
    {
        if (others.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is { } stray)
            throw new ArgumentException($"{chosen} and {stray.Name} exclude each other: {reason}");
    }
}
