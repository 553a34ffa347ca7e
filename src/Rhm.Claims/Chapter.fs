namespace Rhm.Claims

/// A chapter of the appendix; its text stands in paper/sections/NAME.tex.
type Chapter =
    { Name: string
      Title: string }

    static member Model = { Name = "model"; Title = "The model" }
    static member Correlations = { Name = "correlations"; Title = "Correlations" }
    static member Recovery = { Name = "recovery"; Title = "Iterative latent clustering" }
    static member Spectral = { Name = "spectral"; Title = "Spectral latent clustering" }
    static member OwnLatents = { Name = "own-latents"; Title = "Own latents" }
    static member Slc = { Name = "slc"; Title = "Stacked latent clustering" }
    static member Transformers = { Name = "transformers"; Title = "Transformers and convolutions" }
    static member Limits = { Name = "limits"; Title = "Limits and further claims" }

    /// In the order of the appendix.
    static member All =
        [ Chapter.Model
          Chapter.Correlations
          Chapter.Recovery
          Chapter.Spectral
          Chapter.OwnLatents
          Chapter.Slc
          Chapter.Transformers
          Chapter.Limits ]
