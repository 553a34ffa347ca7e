module Rhm.ProofsTests.Experiments.Measurements.CsvStoreTests

open System
open System.IO
open Expecto
open Rhm.Experiments.Measurements
open Rhm.Learning
open Rhm.Levelwise
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals

let private title version =
    let learner = Learner.Define("mine", version, IlcOptions(), fun _ _ -> LearningResult [| 1.0 |])
    "networks, " + CsvStore.Versions(ReadOnlySpan [| learner :> Learner |])

let private format =
    CsvFormat<struct (int * int)>(
        (fun row -> struct (row.Int "a", row.Int "b")),
        struct ("a", Func<_, _>(fun (struct (a, _)) -> nonNull (box a))),
        struct ("b", Func<_, _>(fun (struct (_, b)) -> nonNull (box b)))
    )

[<Tests>]
let tests =
    testList "Experiments / Measurements / CsvStore" [
        testCase "rows of another version and of two runs at a time are refused, and left alone" <| fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "networks.csv")
                let openStore version = (new CsvStore<_>(path, title version, format)).Dispose()
                openStore 1
                let before = File.ReadAllText path
                openStore 1
                refuses "learner mine version 2" (fun () -> openStore 2)
                Expect.equal (File.ReadAllText path) before "untouched"
                // A byte-order mark that an editor put there is no reason to cut the last line.
                File.WriteAllBytes(path, Array.append [| 0xEFuy; 0xBBuy; 0xBFuy |] (File.ReadAllBytes path))
                let marked = File.ReadAllBytes path
                for _ in 1 .. 3 do openStore 1
                Expect.equal (File.ReadAllBytes path) marked "as it was"
                let running = new CsvStore<_>(path, title 1, format)
                refuses "another process holds it" (fun () -> openStore 1)
                running.Append(struct (1, 2))
                running.Dispose()
                openStore 1
                Expect.equal (File.ReadAllText path) (before + "1,2\n") "the first run's rows, each once")
    ]
