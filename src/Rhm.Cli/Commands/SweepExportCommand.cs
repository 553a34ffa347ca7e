using System.CommandLine;
using Rhm.Files;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep export: cells as a file.</summary>
internal static class SweepExportCommand
{
    public static Command Create()
    {
        var target = new SweepTarget(file: false);
        Option<string?> only = SweepTarget.Only();
        Option<string?> columns = SweepShowCommand.Columns("all");
        FileOption output = Options.Output("--out", "The file: .csv, or .parquet for pandas, polars and DuckDB.", required: true);
        var command = new Command("export", "Write cells and results to a CSV or Parquet file.") { only, columns, output };
        target.AddTo(command);
        command.SetAction(result => target.WithTable(result, (table, _) =>
        {
            string path = result.GetValue(output)!;
            OutputFile.RequireSeparate([path], target.Files(result));
            long rows = table.Export(path, SweepShowCommand.Names(result, columns), SweepTarget.Condition(result, only));
            Console.WriteLine($"{path}: {rows} rows");
            return ExitCode.Success;
        }));
        return command;
    }
}
