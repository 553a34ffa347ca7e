using System.Globalization;
using Rhm.Statistics;

namespace Rhm.Experiments.Measurements;

/// <summary>One of the theory's predictions about an objective, beside what was measured.</summary>
/// <param name="Objective">Name of the objective.</param>
/// <param name="Quantity">What is predicted.</param>
/// <param name="Level">l.</param>
/// <param name="Measured">NaN where it is unknown.</param>
/// <param name="Interval">95%; NaN where it is unknown.</param>
/// <param name="Predicted">The prediction.</param>
/// <param name="Verdict">Agrees, contradicts, or why nothing is confirmed.</param>
internal sealed record ObjectiveFinding(string Objective, string Quantity, int Level, double Measured, Interval Interval, double Predicted,
    string Verdict)
{
    /// <summary>One sentence.</summary>
    public override string ToString()
    {
        string interval = double.IsNaN(Interval.Low) ? ""
            : $" {Interval.Text("0.00")}";
        string measured = double.IsNaN(Measured) ? "unknown" : string.Create(CultureInfo.InvariantCulture, $"{Measured:0.00}{interval}");
        return string.Create(CultureInfo.InvariantCulture,
            $"{Objective}, level {Level}: {Quantity} {measured}, predicted {Predicted:0.##}: {Verdict}");
    }
}
