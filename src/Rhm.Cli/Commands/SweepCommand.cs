using System.CommandLine;
using Rhm.Learning;
using Spectre.Console;

namespace Rhm.Cli.Commands;

/// <summary>rhm sweep: thousands of runs over grids of parameters.</summary>
internal static class SweepCommand
{
    public static Command Create() => new("sweep", """
        Run learners over grids of parameters, on this machine or on a Slurm cluster, and keep every result.

        Examples:
          rhm sweep plan phases.toml
          rhm sweep run phases.toml
          rhm sweep plot phases.toml --x "P/(v*m^3)" --y accuracy_top --group m
          rhm sweep fit phases.toml --group m

        A sweep file, phases.toml (JSON with the same names will do as well):
          grammars = 3                             # the grammars of the seeds 1, 2, 3
          [grid]
          L = 4
          s = 3
          v = 8
          m = [4, 8]
          P = "[0.1, 0.3, 1, 3] * v*m^3"           # expressions stand in quotes
          [[learner]]
          name = "ilc"
          restarts = [1, 50]                       # rhm sweep learners names all parameters
        """)
    {
        SweepPlanCommand.Create(),
        SweepRunCommand.Create(),
        SweepStatusCommand.Create(),
        SweepShowCommand.Create(),
        SweepExportCommand.Create(),
        SweepPlotCommand.Create(),
        SweepFitCommand.Create(),
        SweepCollectCommand.Create(),
        CreateLearners(),
        SweepTaskCommand.Create(),
    };

    private static Command CreateLearners()
    {
        Option<string[]> assemblies = new("--assembly") { Description = "Also the learners of your own .dll.", HelpName = "FILE.dll" };
        var command = new Command("learners", "List the learners and their parameters.") { assemblies };
        command.SetAction(result =>
        {
            var catalog = new LearnerCatalog();
            foreach (string assembly in result.GetValue(assemblies) ?? []) catalog.AddAssembly(assembly);
            string[] columns = ["learner", "version", "parameter", "default", "values", "meaning"];
            Table table = new Table().Border(TableBorder.Simple).AddColumns(columns);
            foreach (Learner learner in catalog.All) AddRows(table, learner);
            Terminal.Write(table);
            return ExitCode.Success;
        });
        return command;
    }

    private static void AddRows(Table table, Learner learner)
    {
        if (learner.Parameters.Count == 0) table.AddRow(learner.Name, $"{learner.Version}");
        foreach (LearnerParameter parameter in learner.Parameters)
        {
            bool first = parameter == learner.Parameters[0];
            string[] whose = first ? [learner.Name, $"{learner.Version}"] : ["", ""];
            string[] row = [.. whose, parameter.Name, LearnerParameter.Written(parameter.Default), parameter.Values, parameter.Meaning];
            table.AddRow([.. row.Select(Terminal.Cell)]);
        }
    }
}
