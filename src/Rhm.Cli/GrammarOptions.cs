using System.CommandLine;
using Rhm.Grammars;
using Rhm.Strings;

namespace Rhm.Cli;

/// <summary>The options that say which grammar is meant: a file, or a shape and a seed.</summary>
internal sealed class GrammarOptions
{
    private readonly Option<string?> _file = new("--grammar") { Description = "Grammar file; instead of the six options below.", HelpName = "FILE.json" };
    private readonly Option<int> _depth = new("--depth", "-L") { Description = "Depth L, 1..20: strings have s^L tokens." };
    private readonly Option<int> _branching = new("--branching", "-s") { Description = "Branching factor s, 2..16." };
    private readonly Option<int> _vocabulary = new("--vocabulary", "-v") { Description = "Vocabulary v, 2..65536." };
    private readonly Option<int> _multiplicity = new("--multiplicity", "-m") { Description = "Multiplicity m, 1..v^(s-1)." };
    private readonly Option<int> _classes = new("--classes") { Description = "Number of root classes; v by default." };
    private readonly Option<double> _zipf = new("--zipf") { Description = "Zipf exponent of the rule probabilities; 0 = uniform.", DefaultValueFactory = _ => 0 };

    /// <summary>The grammar file, if one is given.</summary>
    public string? FileOf(ParseResult result) => result.GetResult(_file) is null ? null : result.GetValue(_file);

    public void AddTo(Command command, bool withFile, bool withZipf = true)
    {
        if (withFile) command.Add(_file);
        command.Add(_depth);
        command.Add(_branching);
        command.Add(_vocabulary);
        command.Add(_multiplicity);
        command.Add(_classes);
        if (withZipf) command.Add(_zipf);
    }

    /// <summary>s and v of a user's own strings, for which the other options have no meaning.</summary>
    public (int Branching, int Vocabulary) DataShape(ParseResult result)
    {
        foreach (Option option in (Option[])[_file, _depth, _multiplicity, _classes, _zipf])
        {
            if (result.GetResult(option) is { Implicit: false })
                throw new ArgumentException($"--data and {option.Name} exclude each other: strings of a file need --branching and --vocabulary only");
        }
        if (result.GetResult(_branching) is null || result.GetResult(_vocabulary) is null)
            throw new ArgumentException("strings of a file need --branching and --vocabulary");
        int s = result.GetValue(_branching);
        return s is >= 2 and <= GrammarShape.MaxBranching
            ? (s, result.GetValue(_vocabulary))
            : throw new ArgumentException($"branching factor s = {s} is outside 2..{GrammarShape.MaxBranching}");
    }

    /// <summary>The strings to learn from: those of a file, or strings of a grammar, which is then known.</summary>
    public (IStringSource Strings, int Branching, Grammar? Truth) ResolveStrings(ParseResult result, string? path, long? count,
        Func<GrammarShape, double> defaultCount, ulong seed)
    {
        if (path is not null)
        {
            if (count is not null) throw new ArgumentException("--data and --count exclude each other: all strings of the file are used");
            (int branching, int vocabulary) = DataShape(result);
            return (new StoredStrings(path, vocabulary), branching, null);
        }
        Grammar truth = Resolve(result, seed);
        long samples = count ?? (long)Math.Min(1e15, defaultCount(truth.Shape));
        if (samples < 1) throw new ArgumentException($"number of strings P = {samples} must be at least 1");
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
        if (result.GetResult(_file) is not null && result.GetValue(_file) is string path)
        {
            foreach (Option option in (Option[])[.. sizes, _classes, _zipf])
            {
                if (result.GetResult(option) is { Implicit: false })
                    throw new ArgumentException($"--grammar and {option.Name} exclude each other: the file says all");
            }
            Grammar grammar = GrammarFile.Read(path);
            return (grammar.Shape, grammar);
        }
        foreach (Option<int> option in sizes)
        {
            if (result.GetResult(option) is null)
                throw new ArgumentException($"{option.Name} is missing: a grammar needs --depth, --branching, --vocabulary and --multiplicity");
        }
        return (new GrammarShape(result.GetValue(_depth), result.GetValue(_branching), result.GetValue(_vocabulary),
            result.GetValue(_multiplicity), result.GetResult(_classes) is null ? null : result.GetValue(_classes)), null);
    }
}
