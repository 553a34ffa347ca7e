/// The exit code of `rhm verify`.
module Rhm.ProofsTests.Cli.VerifyCommandTests

open Expecto
open Rhm.Claims
open Rhm.Cli
open Rhm.Cli.Commands
open Rhm.Running

/// A claim on record as established.
let private claim =
    { Ledger.claims.Head with
        Expected =
            { Quick = Verdict.Established
              Paper = Verdict.Established } }

/// Allowed is 2..4, the rival predicts 9.
let private measured low high : Measurement =
    { Quantity = "units"
      Predicted = 3
      Measured = (low + high) / 2.0
      ReadingLow = low
      ReadingHigh = high
      Low = low
      High = high
      AcceptLow = 2
      AcceptHigh = 4
      Rival =
        { At = ""
          Low = 9
          High = 9
          MeasuredLow = low
          MeasuredHigh = high } }

let private outcome measurement control =
    VerifyCommand.Outcome(claim, Scale.Quick, measurement, control, 0.0)

[<Tests>]
let tests =
    testList "Cli / VerifyCommand" [
        testCase "the exit code is 0 where all are as on record, 1 where a single one is not or a control tells nothing" <| fun () ->
            let holds, fails = measured 2.5 3.5, measured 5.0 6.0
            let code outcomes = VerifyCommand.Code(List.toArray outcomes)
            Expect.equal (code [ outcome holds null; outcome holds fails ]) ExitCode.Success "all as recorded"
            Expect.equal (code [ outcome holds null; outcome fails null ]) ExitCode.ClaimFailed "one is contradicted"
            Expect.equal (code [ outcome holds fails; outcome holds holds ]) ExitCode.ClaimFailed "a control that is established too"
    ]
