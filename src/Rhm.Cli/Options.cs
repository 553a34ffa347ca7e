using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using Rhm.Levelwise;
using Rhm.Networks.StackedLatentClustering;
using Rhm.Running;

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
        DefaultValueFactory = _ => Running.Scale.Quick,
        CustomParser = result => result.Tokens[0].Value switch
        {
            "quick" => Running.Scale.Quick,
            "paper" => Running.Scale.Paper,
            string other => Refuse(result, $"scale \"{other}\" is neither quick nor paper", Running.Scale.Quick),
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
