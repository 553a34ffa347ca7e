using System.CommandLine;
using System.CommandLine.Parsing;
using Rhm.Learning;

namespace Rhm.Cli;

/// <summary>What is wrong with a command line, in one sentence that says what would be right.</summary>
internal static class ParseFaults
{
    /// <summary>The sentence; null where nothing is wrong.</summary>
    public static string? Sentence(ParseResult result)
    {
        if (result.Errors.Count == 0) return null;
        Command command = result.CommandResult.Command;
        string path = PathOf(result.CommandResult);
        string[] commands = [.. command.Subcommands.Where(below => !below.Hidden).Select(below => below.Name)];
        if (result.UnmatchedTokens is [string first, ..]) return Unmatched(first, command, path, commands);
        if (commands.Length > 0) return $"a command is missing, one of {path}: {string.Join(", ", commands)}";
        return result.Errors.Select(error => Sentence(error, result)).First();
    }

    /// <summary>An option with an equals sign and nothing behind it would take the next word, perhaps an option, for its value.</summary>
    public static string? OfEmptyValue(IEnumerable<string> words)
    {
        string? empty = words.TakeWhile(word => word != "--").FirstOrDefault(word =>
            word.StartsWith("--", StringComparison.Ordinal) && word.IndexOf('=', StringComparison.Ordinal) == word.Length - 1);
        return empty is null ? null : $"{empty} has no value behind it: {empty.TrimEnd('=')} VALUE gives one";
    }

    /// <summary>What is wrong with the words of a command whose help is wanted.</summary>
    public static string? OfCommand(ParseResult result) => result.UnmatchedTokens.Count > 0 ? Sentence(result) : null;

    private static string Unmatched(string given, Command command, string path, string[] commands)
    {
        if (given.StartsWith('-') && given.Length > 1)
        {
            string name = given.Split('=')[0];
            string hint = NearestName.Hint(name, command.Options.Where(option => !option.Hidden).Select(option => option.Name));
            return $"{name} is no option of {path}{(hint.Length > 0 ? hint : $"; {path} --help names them")}";
        }
        return commands.Length > 0
            ? $"\"{given}\" is none of the commands of {path}: {string.Join(", ", commands)}{NearestName.Hint(given, commands)}"
            : $"{path} takes no {(command.Arguments.Count > 0 ? "further " : "")}argument such as \"{given}\"";
    }

    private static string Sentence(ParseError error, ParseResult result)
    {
        OptionResult? option = error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult;
        if (option is not null)
        {
            string name = option.Option.Name;
            if (option.IdentifierTokenCount == 0) return $"{name} is missing: {option.Option.Description}";
            if (option.Tokens.Count == 0) return $"{name} needs a value{(option.Option.HelpName is string kind ? $": {kind}" : "")}";
            if (option.Tokens.Count > option.Option.Arity.MaximumNumberOfValues) return $"{name} is given {option.Tokens.Count} times";
            return option.Option is Option<bool> ? $"{name} takes no value such as \"{option.Tokens[0].Value}\"" : error.Message;
        }
        Command command = result.CommandResult.Command;
        if (command.Options.FirstOrDefault(one => one.Required && result.GetResult(one) is null) is { } missing)
            return $"{missing.Name} is missing: {missing.Description}";
        Argument? empty = command.Arguments.FirstOrDefault(one => result.GetResult(one) is null or { Tokens.Count: 0 });
        return empty is null
            ? $"{PathOf(result.CommandResult)} --help says how it is used"
            : $"{empty.Name} is missing: {empty.Description}";
    }

    private static string PathOf(CommandResult command) =>
        command.Parent is CommandResult above ? $"{PathOf(above)} {command.Command.Name}" : "rhm";
}
