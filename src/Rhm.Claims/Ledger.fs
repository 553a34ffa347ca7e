/// All claims, in the order of the paper.
module Rhm.Claims.Ledger

open System.IO.Enumeration
open Rhm.Learning

let claims: Claim list =
    GrammarClaims.all
    @ IdentityClaims.all
    @ CorrelationClaims.all
    @ AnnealedClaims.all
    @ ConditionClaims.all
    @ RecoveryClaims.all
    @ TheoremClaims.all
    @ SpectralClaims.all
    @ OwnLatentClaims.all
    @ SlcClaims.all
    @ TransformerClaims.all

/// The claims whose identifier matches a pattern with * and ?; several patterns are separated by commas. ArgumentException where one of
/// them matches no claim.
let matching (pattern: string) =
    let matches (pattern: string) (claim: Claim) = FileSystemName.MatchesSimpleExpression(pattern, claim.Id)
    let patterns = pattern.Split(',', System.StringSplitOptions.TrimEntries)

    for one in patterns do
        if not (List.exists (matches one) claims) then
            let hint = NearestName.Hint(one, [ for claim in claims -> claim.Id ])
            raise (System.ArgumentException $"no claim matches \"{one}\"{hint}; rhm verify --list shows all {claims.Length}")

    claims |> List.filter (fun claim -> patterns |> Array.exists (fun one -> matches one claim))

/// The claims of a list that can be decided at a scale. ArgumentException where none can.
let decidable (scale: Rhm.Running.Scale) (claims: Claim list) =
    match claims |> List.filter (fun claim -> claim.Least <= scale) with
    | [] ->
        let identifiers = claims |> List.map (fun claim -> claim.Id) |> String.concat ", "
        raise (System.ArgumentException $"{identifiers}: only --scale paper can tell this from what would refute it")
    | some -> some
