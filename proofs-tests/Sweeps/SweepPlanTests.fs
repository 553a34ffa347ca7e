module Rhm.ProofsTests.Sweeps.SweepPlanTests

open Expecto
open Rhm.Sweeps
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals
open Rhm.ProofsTests.SweepFiles

[<Tests>]
let tests =
    testList "Sweeps / SweepPlan" [
        testCase "cells too large for memory are refused, the others planned" <| fun () ->
            inFolder (fun folder ->
                let file =
                    SweepFile.Read(
                        write
                            folder
                            "s.toml"
                            ("seeds = 3\n"
                             + empty
                             + "gibibytes = \"[0.001, 2, 100000][0]\"\n".Replace("[0.001, 2, 100000][0]", "[0.001, 100000]"))
                    )
                let plan = plan null file
                Expect.equal (plan.ToRun.Count, plan.Refused.Count) (3, 3) "half of them"
                Expect.equal (SweepPlan.Of(file, null, null, false, SweepPlan.ParseBytes "1M")).ToRun.Count 0 "with less memory"
                Expect.equal
                    (SweepPlan.ParseBytes "1.5GiB", SweepPlan.ParseBytes "500", SweepPlan.ParseBytes "2k")
                    (1.5 * 1073741824.0, 500.0 * 1048576.0, 2048.0)
                    "sizes"
                refuses "is no size" (fun () -> SweepPlan.ParseBytes "much" |> ignore))

        testCase "the longest cells come first" <| fun () ->
            inFolder (fun folder ->
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 2\n" + empty + "milliseconds = [5, 80, 20]\n"))
                let order = [ for cell in (plan null file).ToRun -> cell.Seconds ]
                Expect.equal order (List.sortDescending order) "longest first"
                Expect.equal (List.distinct order).Length 3 "three lengths")

        testCase "progress counts results and failures apart" <| fun () ->
            inFolder (fun folder ->
                let file = SweepFile.Read(write folder "s.toml" ("seeds = 3\n" + empty + "fail = \"seed == 2\"\n"))
                let cells = (plan null file).ToRun
                let progress = SweepProgress(cells, fun cell -> cell.Seconds)
                use runner = new CellRunner()
                for cell in cells do progress.Add(runner.Run(cell, System.Threading.CancellationToken.None))
                let now = progress.Now()
                Expect.equal (now.Cells, now.Done, now.Failed) (3, 2, 1) "one of three fails"
                Expect.stringContains (string now) "3 of 3 cells, 1 failed" "said")

        testCase "a plan says which cells cannot learn, and why" <| fun () ->
            inFolder (fun folder ->
                let doubts (settings: string) =
                    (plan null (SweepFile.Read(write folder "s.toml" ("L = 3\ns = 2\nv = 4\n" + settings)))).Warnings |> List.ofSeq
                let ilc target = $"[[learner]]\nname = \"ilc\"\ntarget = \"{target}\"\n"
                Expect.isEmpty (doubts ("m = 2\nP = 1000\n" + ilc "latent")) "nothing to say"
                Expect.isEmpty (doubts ("m = 4\nP = 1000\n" + ilc "root")) "f = 1 from labels"

                for settings, fragment in
                    [ "m = 1\nP = 1000\n" + ilc "latent", "1 of 1 cells have m = 1"
                      "m = [2, 4]\nP = 1000\n" + ilc "token", "1 of 2 cells have f = m/v^(s-1) = 1"
                      "m = 2\nP = [10, 1000]\n" + ilc "root", "1 of 2 cells have P below coverage" ] do
                    Expect.hasLength (doubts settings) 1 settings
                    Expect.stringContains (doubts settings).Head fragment "one sentence")
    ]
