/// The fourteen identities as claims: in every grammar of small shapes, in exact fractions.
module Rhm.Claims.IdentityClaims

open Rhm.Running
open System.Threading.Tasks
open Rhm.Grammars

let private shapes (setting: RunContext) =
    [ GrammarShape(2, 2, 2, 1); GrammarShape(2, 2, 2, 2); GrammarShape(1, 2, 3, 2); GrammarShape(2, 3, 2, 1) ]
    @ setting.Pick([], [ GrammarShape(3, 2, 2, 1); GrammarShape(3, 2, 2, 2); GrammarShape(1, 2, 3, 3) ])

let private claim (identity: Identities.Identity) =
    { Id = $"identity-{identity.Number:D2}-{identity.Name}"
      Section = "Identities"
      Statement = identity.Statement
      Source = $"identity {identity.Number}"
      Formula = identity.Formula
      Tolerance = "none: exact fractions, in every grammar of several small shapes"
      FalseAlarm = 0
      Least = Scale.Quick
      Control = identity.Control
      Measure =
        fun setting planted ->
            let shapes = shapes setting

            let violations =
                setting.Each shapes (fun shape ->
                    let mutable violations = 0L

                    Parallel.ForEach(
                        SmallGrammars.all shape,
                        ParallelOptions(MaxDegreeOfParallelism = setting.Threads, CancellationToken = setting.Cancellation),
                        fun (grammar: Grammar) ->
                            let sides =
                                if planted then identity.Planted grammar else Some(grammar, identity.Partner grammar)

                            match sides with
                            | Some(left, right) when (Identities.violation identity left right).IsSome ->
                                System.Threading.Interlocked.Increment &violations |> ignore
                            | _ -> ()
                    )
                    |> ignore

                    violations)
                |> List.sum

            let count = shapes |> List.sumBy SmallGrammars.count
            Measure.none $"of {count} grammars violate it" violations }

let all = Identities.all |> List.map claim
