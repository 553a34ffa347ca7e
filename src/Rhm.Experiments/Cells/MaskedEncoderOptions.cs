using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Rhm.Grammars;
using Rhm.Networks.Transformers;

namespace Rhm.Experiments.Cells;

/// <summary>A transformer encoder trained on the strings of one random grammar.</summary>
internal sealed record MaskedEncoderOptions
{
    /// <summary>L.</summary>
    public int Depth { get; init; }

    /// <summary>s.</summary>
    public int Branching { get; init; }

    /// <summary>v.</summary>
    public int Vocabulary { get; init; }

    /// <summary>m.</summary>
    public int Multiplicity { get; init; }

    /// <summary>Number of the random grammar.</summary>
    public long Grammar { get; init; }

    /// <summary>P, strings that are read again and again; 0 for fresh strings.</summary>
    public long Count { get; init; }

    /// <summary>d_model; L layers of 4 heads.</summary>
    [Description("d_model of the encoder, a multiple of 4.")]
    [Range(4, 4096)]
    public int Width { get; init; } = 64;

    /// <summary>Where the teacher comes from, for objectives with one.</summary>
    [Description("Whether data2vec's teacher moves, or is that of a training that has ended, or was trained on true latents.")]
    public TeacherOrigin Teacher { get; init; }

    /// <summary>How it is trained; P and the seed are those of the cell.</summary>
    public TransformerTraining Training { get; init; } = new() { BatchSize = 64 };

    /// <summary>The grammar's shape.</summary>
    public GrammarShape Shape => new(Depth, Branching, Vocabulary, Multiplicity);

    /// <summary>The encoder's.</summary>
    public TransformerShape Encoder => new(Vocabulary, Shape.TokenCount, Width, 4, Depth);
}
