using System.CommandLine;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep export: cells as a file.</summary>
internal static class SweepExportCommand
{
    public static Command Create()
    {
        var target = new SweepTarget(file: false);
        Option<string?> only = SweepTarget.Only();
        Option<string?> columns = new("--columns") { Description = "Which columns, separated by commas; all by default.", HelpName = "LIST" };
        Option<string> output = new("--out") { Description = "The file: .csv, or .parquet for pandas, polars and DuckDB.", HelpName = "FILE", Required = true };
        var command = new Command("export", "Write cells and results to a CSV or Parquet file.") { only, columns, output };
        target.AddTo(command);
        command.SetAction(result => target.WithTable(result, (table, _) =>
        {
            string path = result.GetValue(output)!;
            long rows = table.Export(path, result.GetValue(columns)?.Split(',', StringSplitOptions.TrimEntries), SweepTarget.Condition(result, only));
            Console.WriteLine($"{path}: {rows} rows");
            return ExitCode.Success;
        }));
        return command;
    }
}
