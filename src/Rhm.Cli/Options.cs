using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using Rhm.Claims;
using Rhm.Grammars;
using Rhm.Learners;
using Rhm.Sampling;

namespace Rhm.Cli;

/// <summary>Options that several commands share.</summary>
internal static class Options
{
    public static Option<ulong> Seed() => new("--seed")
    {
        Description = "Seed of all random numbers; the same seed gives the same results.",
        DefaultValueFactory = _ => 1,
    };

    public static Option<int> Threads()
    {
        var option = new Option<int>("--threads")
        {
            Description = "Threads; no result depends on it.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string text }] && int.TryParse(text, CultureInfo.InvariantCulture, out int threads) && threads is < 1 or > 1024)
                result.AddError($"number of threads {threads} is outside 1..1024");
        });
        return option;
    }

    public static Option<Scale> Scale() => new("--scale")
    {
        Description = "quick, or paper: the sizes of the paper.",
        HelpName = "quick|paper",
        DefaultValueFactory = _ => Claims.Scale.Quick,
        CustomParser = result => result.Tokens[0].Value switch
        {
            "quick" => Claims.Scale.Quick,
            "paper" => Claims.Scale.Paper,
            string other => Refuse(result, $"scale \"{other}\" is neither quick nor paper", Claims.Scale.Quick),
        },
    };

    public static Option<string?> Results() => new("--results")
    {
        Description = "Folder of stored results, which rhm paper and rhm report read; paper/results in a clone, else results.",
        HelpName = "FOLDER",
    };

    /// <summary>Whole numbers separated by commas; null where nothing is said.</summary>
    public static Option<int[]?> Numbers(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "N,N,..",
        CustomParser = result =>
        {
            var numbers = new List<int>();
            foreach (string part in result.Tokens[0].Value.Split(','))
            {
                if (!int.TryParse(part, CultureInfo.InvariantCulture, out int number))
                    return Refuse<int[]?>(result, $"{name}: \"{part}\" is not a whole number; write numbers separated by commas", null);
                if (numbers.Contains(number)) return Refuse<int[]?>(result, $"{name}: {number} stands there twice", null);
                numbers.Add(number);
            }
            return [.. numbers];
        },
    };

    /// <summary>
    /// Makes every option of a command, and of those below it, read numbers without thousands separators, so that a decimal comma is refused, and names
    /// as names.
    /// </summary>
    public static void ReadStrictly(Command command)
    {
        foreach (Command below in command.Subcommands) ReadStrictly(below);
        foreach (Option option in command.Options)
        {
            switch (option)
            {
                case Option<int> one: Strictly(one, "a whole number", Whole); break;
                case Option<int?> one: Strictly(one, "a whole number", Optional<int>(Whole)); break;
                case Option<long> one: Strictly(one, "a whole number", Whole); break;
                case Option<long?> one: Strictly(one, "a whole number", Optional<long>(Whole)); break;
                case Option<ulong> one: Strictly(one, "a whole number from 0", Whole); break;
                case Option<double> one: Strictly(one, "a number (with a point, not a comma)", Real); break;
                case Option<double?> one: Strictly(one, "a number (with a point, not a comma)", Optional<double>(Real)); break;
                case Option<SlcGradients> one: Named(one); break;
                case Option<SlcTargets> one: Named(one); break;
                case Option<SlcCombination> one: Named(one); break;
                case Option<CousinTargets> one: Named(one); break;
            }
        }
    }

    private delegate bool Parse<T>(string text, out T value);

    private static void Strictly<T>(Option<T> option, string kind, Parse<T> parse) => option.CustomParser ??= result =>
        parse(result.Tokens[0].Value, out T value) ? value : Refuse(result, $"{option.Name}: \"{result.Tokens[0].Value}\" is not {kind}", value);

    private static void Named<T>(Option<T> option) where T : struct, Enum => Strictly(option, $"one of {string.Join(", ", Enum.GetNames<T>())}",
        (string text, out T value) => Enum.TryParse(text, ignoreCase: true, out value) && Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase));

    private static bool Whole<T>(string text, out T value) where T : struct, INumberBase<T> => T.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out value);

    private static bool Real(string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    private static Parse<T?> Optional<T>(Parse<T> parse) where T : struct => (string text, out T? value) =>
    {
        bool parsed = parse(text, out T read);
        value = read;
        return parsed;
    };

    private static T Refuse<T>(ArgumentResult result, string message, T value)
    {
        result.AddError(message);
        return value;
    }
}

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
