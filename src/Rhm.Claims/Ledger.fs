/// All claims, in the order of the paper.
module Rhm.Claims.Ledger

open System.IO.Enumeration

let claims: Claim list = GrammarClaims.all @ IdentityClaims.all @ CorrelationClaims.all @ AnnealedClaims.all @ RecoveryClaims.all @ ScalingClaims.all @ SpectralClaims.all @ SlcClaims.all @ TransformerClaims.all

/// The claims whose identifier matches a pattern with * and ?; several patterns are separated by commas.
let matching (pattern: string) =
    let patterns = pattern.Split(',', System.StringSplitOptions.TrimEntries)

    claims
    |> List.filter (fun claim -> patterns |> Array.exists (fun p -> FileSystemName.MatchesSimpleExpression(p, claim.Id)))
