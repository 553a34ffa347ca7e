using System.CommandLine;
using System.CommandLine.Parsing;
using Rhm.Files;
using Rhm.Learning;
using Rhm.Running;

namespace Rhm.Cli;

/// <summary>Options that several commands share, and how options come from the descriptions of parameters.</summary>
internal static class Options
{
    /// <summary>The words of older versions, understood in every command, and the options that they stand for.</summary>
    private static readonly Dictionary<string, string> s_otherNames = ProblemParameters.All
        .SelectMany(parameter => parameter.OtherOptions.Select(other => (other, parameter.Option)))
        .ToDictionary(pair => pair.other, pair => pair.Option);

    public static Option<ulong> Seed() => Of<ulong>(new LearnerParameter("seed", typeof(ulong), 1UL)
    {
        Meaning = "Seed of all random numbers; the same seed gives the same results.",
    });

    public static Option<int> Threads() => Number("--threads", "Threads; no result depends on it.", Environment.ProcessorCount, 1, 1024);

    public static Option<Scale> Scale() => Of<Scale>(new LearnerParameter("scale", typeof(Scale), Running.Scale.Quick)
    {
        Meaning = "How much is measured; paper: the sizes of the paper.",
    });

    public static Option<long?> Count(string meaning) => Of<long?>(ProblemParameters.Samples with { Meaning = meaning });

    public static FileOption Data() =>
        Input("--data", "Your own strings instead of a grammar: an integer array [P, s^L], with --branching and --vocabulary.", "FILE.npy");

    /// <summary>Latents of a user's own strings.</summary>
    /// <param name="old">Whether --latents, which some commands have for their number, means it too.</param>
    public static FileOption Truth(bool old = true)
    {
        FileOption option = Input("--truth", "With --data: the true latents, for accuracies: FILE.npz with arrays level1 .. of shape "
            + "[P, s^(L-l)], or FILE.npy for FILE.level1.npy .., as rhm sample --latents writes them.");
        if (old) option.Aliases.Add("--latents");
        return option;
    }

    public static Option<string?> Results() => new("--results")
    {
        Description = "Folder of stored results, which rhm paper and rhm report read; paper/results in a clone, else results.",
        HelpName = "FOLDER",
    };

    public static FileOption Input(string name, string description, string helpName = "FILE") =>
        new(name, FileUse.Input) { Description = description, HelpName = helpName };

    public static FileOption Output(string name, string description, string helpName = "FILE", bool required = false) =>
        new(name, FileUse.Output) { Description = description, HelpName = helpName, Required = required };

    public static Option<string> Folder(string name, string description, string fallback) =>
        new(name) { Description = description, HelpName = "FOLDER", DefaultValueFactory = _ => fallback };

    /// <summary>A number with a default.</summary>
    public static Option<T> Number<T>(string name, string meaning, T fallback, double least, double most = double.PositiveInfinity)
        where T : struct => Of<T>(new LearnerParameter(name[2..], typeof(T), fallback)
        {
            Meaning = meaning,
            Range = new ParameterRange(least, most),
        });

    /// <summary>A number that need not be given.</summary>
    public static Option<T?> Number<T>(string name, string meaning, double least, double most = double.PositiveInfinity)
        where T : struct => Of<T?>(new LearnerParameter(name[2..], typeof(T), LearnerParameter.None)
        {
            Meaning = meaning,
            Range = new ParameterRange(least, most),
        });

    /// <summary>The option of a parameter.</summary>
    /// <typeparam name="T">What its values are read as: the parameter's type, nullable or not, or an array of it.</typeparam>
    public static Option<T> Of<T>(LearnerParameter parameter)
    {
        string[] letters = parameter.Letter is { } letter ? [$"-{letter}"] : [];
        var option = new Option<T>(parameter.Option, letters)
        {
            Description = Described(parameter),
            HelpName = HelpNameOf(parameter),
            Arity = ArgumentArity.ExactlyOne,
        };
        if (parameter.Default is T fallback && parameter.Default != LearnerParameter.None) option.DefaultValueFactory = _ => fallback;
        option.CustomParser = result => Read<T>(result, parameter);
        return option;
    }

    /// <summary>The options of a learner's parameters, by name.</summary>
    public static IReadOnlyDictionary<string, Option> Of(Learner learner, params IEnumerable<string> names) =>
        names.ToDictionary(name => name, name => (Option)Of<object>(learner.Parameters.Single(parameter => parameter.Name == name)));

    /// <summary>What of a learner's parameters was given.</summary>
    public static Dictionary<string, object> Given(ParseResult result, IReadOnlyDictionary<string, Option> options)
    {
        var values = new Dictionary<string, object>();
        foreach ((string name, Option option) in options)
        {
            if (result.GetResult(option) is not { Implicit: false }) continue;
            values[name] = option is Option<bool> flag ? result.GetValue(flag) : result.GetValue((Option<object>)option)!;
        }
        return values;
    }

    /// <summary>The files that a command line says are read.</summary>
    public static IEnumerable<string?> Inputs(ParseResult result) =>
        Files(result, FileUse.Input).Concat(from argument in result.CommandResult.Command.Arguments.OfType<FileArgument>()
                                            where result.GetResult(argument) is { Tokens.Count: > 0 }
                                            select result.GetValue(argument));

    /// <summary>Refuses names, of files and of all else, that are empty.</summary>
    public static void RequireNames(ParseResult result)
    {
        foreach (SymbolResult symbol in result.CommandResult.Children)
        {
            (string name, Type type) = symbol switch
            {
                OptionResult option => (option.Option.Name, option.Option.ValueType),
                ArgumentResult argument => (argument.Argument.Name, argument.Argument.ValueType),
                _ => ("", typeof(object)),
            };
            if (type == typeof(string) && symbol.Tokens.Any(token => token.Value.Length == 0))
                throw new ArgumentException($"{name} is empty");
        }
    }

    /// <summary>Makes sure that a command writes over nothing that it reads, nor twice over the same file.</summary>
    public static void RequireSeparateFiles(ParseResult result) =>
        OutputFile.RequireSeparate(Files(result, FileUse.Output), Inputs(result));

    /// <summary>Puts the options of today in the place of older names.</summary>
    public static IEnumerable<string> Renamed(IEnumerable<string> arguments)
    {
        bool plain = false;
        foreach (string argument in arguments)
        {
            plain |= argument == "--";
            string[] parts = argument.Split('=', 2);
            bool known = s_otherNames.TryGetValue(parts[0], out string? today);
            yield return known && !plain ? string.Join('=', [today, .. parts[1..]]) : argument;
        }
    }

    /// <summary>
    /// Makes every option of a command that has no parser of its own, and of the commands below it, read numbers and choices as parameters
    /// are read.
    /// </summary>
    public static void ReadStrictly(Command command)
    {
        foreach (Command below in command.Subcommands) ReadStrictly(below);
        foreach (Option option in command.Options)
        {
            Type type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
            if (!type.IsEnum && type != typeof(int) && type != typeof(long) && type != typeof(ulong) && type != typeof(double)) continue;
            typeof(Options).GetMethod(nameof(ReadStrictly), 1, [typeof(Option<>).MakeGenericType(Type.MakeGenericMethodParameter(0))])!
                .MakeGenericMethod(option.ValueType).Invoke(null, [option]);
        }
    }

    public static void ReadStrictly<T>(Option<T> option)
    {
        Type type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        var parameter = new LearnerParameter(option.Name[2..], type, LearnerParameter.None);
        option.CustomParser ??= result => Read<T>(result, parameter);
        option.HelpName ??= HelpNameOf(parameter);
    }

    private static string Described(LearnerParameter parameter)
    {
        string more = parameter.Range != ParameterRange.Any ? $" ({parameter.Range})"
            : parameter is { Several: true, Choices.Count: > 0 } ? $" ({string.Join(", ", parameter.Choices)})" : "";
        return $"{parameter.Meaning.TrimEnd('.')}{more}.";
    }

    private static string? HelpNameOf(LearnerParameter parameter)
    {
        string one = parameter.Choices.Count > 0 ? parameter.Several ? "NAME" : string.Join('|', parameter.Choices)
            : parameter.Type == typeof(bool) ? "true|false"
            : parameter.Type == typeof(double) ? "X" : "N";
        return parameter.Several ? $"{one},{one},.." : one;
    }

    private static T? Read<T>(ArgumentResult result, LearnerParameter parameter)
    {
        try
        {
            object value = parameter.Parse(result.Tokens[0].Value, parameter.Option);
            return value == LearnerParameter.None && default(T) is null ? default : (T)value;
        }
        catch (ArgumentException error)
        {
            result.AddError(error.Message);
            return default;
        }
    }

    private static IEnumerable<string?> Files(ParseResult result, FileUse use) =>
        from option in result.CommandResult.Command.Options.OfType<FileOption>()
        where option.Use == use && result.GetResult(option) is { Implicit: false }
        select result.GetValue(option);
}
