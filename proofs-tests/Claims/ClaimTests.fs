module Rhm.ProofsTests.Claims.ClaimTests

open Rhm.Running
open System
open System.IO
open System.Threading
open Expecto
open Rhm.Claims
open Rhm.Report.Evidence

let private setting =
    RunContext(Scale.Quick, 2UL, 2, Action<_>(ignore), CancellationToken.None)

/// What paper/results holds of a claim that takes the paper's scale.
let private stored (claim: Claim) =
    match StoredClaims.TryRead(Path.Combine(Rhm.ProofsTests.Folders.solution, "paper", "results"), claim) with
    | null -> failtest $"{claim.Id} is not stored"
    | stored ->
        Expect.equal stored.Scale "paper" "scale"
        stored

/// What a measurement is held against.
let private allowed (measured: Measurement) = measured.Predicted, measured.AcceptLow, measured.AcceptHigh

[<Tests>]
let ledger =
    testList "Claims / Ledger" [
        for claim in Ledger.claims do
            // What takes the paper's scale was measured by command; that its control fails is quick to see.
            testCase $"{claim.Id} holds" <| fun () ->
                let measured = if claim.Least = Scale.Quick then claim.Run setting else (stored claim).Measured
                Expect.isTrue measured.Holds $"{claim.Statement} %A{measured}"

            testCase $"{claim.Id} fails when planted: {claim.Control}" <| fun () ->
                let measured = claim.RunControl (RunContext(claim.Least, setting.Seed, setting.Threads, setting.Progress, setting.Cancellation))
                Expect.isFalse measured.Holds $"the negative control must fail: %A{measured}"
                if claim.Least = Scale.Paper then Expect.equal (allowed (stored claim).Measured) (allowed measured) "what is stored was held against something else"

        testCase "what a scale cannot decide is not measured at it" <| fun () ->
            let ids scale pattern = Ledger.matching pattern |> Ledger.decidable scale |> List.map (fun c -> c.Id)
            Expect.equal (ids Scale.Quick "slc-recovery,slc-depth") [ "slc-recovery" ] "quick"
            Expect.equal (ids Scale.Paper "slc-recovery,slc-depth") [ "slc-recovery"; "slc-depth" ] "paper"
            Expect.throwsT<ArgumentException> (fun () -> ids Scale.Quick "slc-depth" |> ignore) "nothing left"

        testCase "identifiers are distinct and false-alarm probabilities at most 1e-9" <| fun () ->
            Expect.equal (Ledger.claims |> List.distinctBy (fun c -> c.Id) |> List.length) Ledger.claims.Length "distinct"
            Expect.isTrue (Ledger.claims |> List.forall (fun c -> c.FalseAlarm <= 1e-9)) "1e-9"

        testCase "patterns select claims" <| fun () ->
            Expect.equal (Ledger.matching "def-entropy" |> List.map (fun c -> c.Id)) [ "def-entropy" ] "one"
            Expect.equal (Ledger.matching "*" |> List.length) Ledger.claims.Length "all"
            Expect.throwsT<ArgumentException> (fun () -> Ledger.matching "def-entropy,nonsense" |> ignore) "a pattern without a claim"
    ]
