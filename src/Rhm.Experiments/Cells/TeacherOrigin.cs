namespace Rhm.Experiments.Cells;

/// <summary>Where the teacher of data2vec comes from.</summary>
internal enum TeacherOrigin
{
    /// <summary>A moving average of the encoder that is trained: data2vec.</summary>
    Moving,

    /// <summary>The one that another training of the same settings has at its end; it stays as it is.</summary>
    Trained,

    /// <summary>An encoder trained on the true latents of the same strings under the same masks; it stays as it is.</summary>
    Latents,
}
