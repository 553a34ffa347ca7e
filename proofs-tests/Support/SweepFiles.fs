/// Sweep files, stores and runs, for the tests of sweeps.
module Rhm.ProofsTests.SweepFiles

open System
open System.Collections.Generic
open System.Threading
open Rhm.Sweeps
open Rhm.ProofsTests.Folders

let readAs name text =
    let mutable cells: IReadOnlyList<Cell> = [||]
    inFolder (fun folder -> cells <- (SweepFile.Read(write folder name text)).Cells())
    List.ofSeq cells

let read text = readAs "s.toml" text

/// The cells of kind "run".
let runs (cells: Cell seq) = [ for cell in cells -> cell :?> RunCell ]

let configurations text = [ for cell in read text -> cell.Configuration ]

let grid =
    """
grammars = 2
L = 3
s = 2
v = 8
m = [3, 4]
P = "[0.1, 1] * v*m^3"
[[learner]]
name = "ilc"
restarts = [2, 10]
"""

let jsonGrid =
    """{
  "grammars": 2,
  "L": 3,
  "s": 2,
  "v": 8,
  "m": [3, 4],
  "P": "[0.1, 1] * v*m^3",
  "learner": { "name": "ilc",
    "restarts": [2, 10] }
}
"""

let sweepOf (store: ResultStore) = nonNull (store.Find "s")

let plan (store: ResultStore | null) (file: SweepFile) = SweepPlan.Of(file, store, null, false, SweepPlan.AvailableMemoryBytes)

/// Runs what is open and returns how many cells that were.
let run threads path (file: SweepFile) =
    use store = ResultStore.OpenToWrite path
    let plan = plan store file
    store.Register(file.Name, file.Fingerprint, plan.All)
    LocalEngine.Run(
        plan.ToRun,
        plan.Begun,
        threads,
        1,
        SweepPlan.AvailableMemoryBytes,
        (fun cell -> store.Begin cell.Key),
        (fun outcome -> store.Finish outcome |> ignore),
        CancellationToken.None
    )
    plan.ToRun.Count

/// What does not depend on the run: identity, state and every bit of the result.
let results path =
    use store = ResultStore.OpenToRead path

    [ for cell in store.Cells() ->
          string cell.Key,
          cell.State,
          (match cell.Outcome.Accuracy with
           | null -> []
           | a -> [ for x in a -> BitConverter.DoubleToInt64Bits x ]),
          cell.Outcome.Error ]

let outcomes (file: SweepFile) =
    use runner = new CellRunner()
    [ for cell in file.Cells() -> runner.Run(cell, CancellationToken.None) ]

let empty = "L = 3\ns = 2\nv = 4\nm = 2\nP = 10\n[[learner]]\nname = \"null\"\n"
