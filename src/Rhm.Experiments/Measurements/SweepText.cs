using System.Globalization;
using System.Text;
using Rhm.Grammars;
using Rhm.Learning;

namespace Rhm.Experiments.Measurements;

/// <summary>A sweep file, line by line.</summary>
internal sealed class SweepText
{
    private readonly StringBuilder _text = new();

    /// <summary>What was written, in UTF-8.</summary>
    public byte[] Contents => Encoding.UTF8.GetBytes(_text.ToString());

    /// <summary>Begins one of several tables, such as learner.</summary>
    public SweepText Table(string name)
    {
        _text.Append(CultureInfo.InvariantCulture, $"\n[[{name}]]\n");
        return this;
    }

    /// <summary>A number, a flag, a choice or a text.</summary>
    public SweepText Set(string key, object value)
    {
        string written = LearnerParameter.Written(value);
        bool quoted = value is not (bool or int or long or ulong or double);
        string escaped = written.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        _text.Append(CultureInfo.InvariantCulture, $"{key} = {(quoted ? $"\"{escaped}\"" : written)}\n");
        return this;
    }

    /// <summary>L, s, v, m and the number of classes.</summary>
    public SweepText Set(GrammarShape shape) => Set("L", shape.Depth).Set("s", shape.Branching).Set("v", shape.Vocabulary)
        .Set("m", shape.Multiplicity).Set("classes", shape.Classes);
}
