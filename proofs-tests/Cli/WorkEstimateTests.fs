/// What does not fit is refused, with what is needed, what there is and a remedy.
module Rhm.ProofsTests.Cli.WorkEstimateTests

open System
open System.IO
open Expecto
open Rhm.Cli
open Rhm.Cli.Commands
open Rhm.Grammars
open Rhm.Networks.Transformers
open Rhm.Running
open Rhm.Strings
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals

let private refusal (estimate: WorkEstimate) =
    Expect.throwsC (fun () -> estimate.Required() |> ignore) (fun error -> error.Message)

[<Tests>]
let tests =
    testList "Cli / WorkEstimate" [
        testCase "a user's strings have a shape for estimates, where their length is a power of s" <| fun () ->
            let strings = StringSampler(Grammar.Draw(GrammarShape(3, 2, 6, 3), 1UL), 1UL, 300L)
            Expect.equal (SeenShape.Of(strings, 2)) (GrammarShape(3, 2, 6, 3)) "every tuple was seen"
            for branching in [ 3; 9 ] do
                refuses $"not a power of the branching factor s = {branching}" (fun () -> SeenShape.Of(strings, branching) |> ignore)

        testCase "memory of a training with probes is that of measured peaks, and no more than half as much again" <| fun () ->
            // /usr/bin/time of rhm train --objective mlm --steps 1: L=3 s=2 v=6 m=2, and L=4 s=3 v=8 m=4 with --batch 16; KiB.
            for vocabulary, length, depth, batch, probes, peak in
                [ 6, 8, 3, 128, 10_000, 682_340.0; 6, 8, 3, 128, 100_000, 4_894_080.0
                  8, 81, 4, 16, 20_000, 1_330_308.0; 8, 81, 4, 16, 40_000, 2_673_748.0 ] do
                let training = TransformerTraining(Objective = TransformerObjective.MaskedTokens, BatchSize = batch, Threads = 2)
                let estimate = TrainCommand.Expected(TransformerShape(vocabulary, length, 64, 4, 4), training, depth, probes)
                let ratio = estimate.MemoryBytes / (1024.0 * peak)
                Expect.isTrue (ratio > 0.95 && ratio < 1.5) $"{probes} probes at L = {depth}: {ratio} of the peak"

        testCase "more memory than there is" <| fun () ->
            let sentence = refusal (WorkEstimate("the work", 1e18, "less of it"))
            for part in [ "the work needs about"; MemoryLimit.Size 1e18; MemoryLimit.Size MemoryLimit.AvailableBytes; ": less of it" ] do
                Expect.stringContains sentence part "memory"
            Expect.stringContains (refusal (WorkEstimate("the work", nan, "less of it"))) "the work" "a size that is none"

        testCase "more than the disk has, also in a folder that is not there yet" <| fun () ->
            inFolder <| fun folder ->
                let target = Path.Combine(folder, "new", "x.npy")
                let free = DiskSpace.AvailableBytes target
                Expect.isGreaterThan free.Value 0.0 "known"
                let writes bytes = WorkEstimate("the work", 0.0, "", DiskBytes = bytes, Target = target, DiskRemedy = "elsewhere")
                (writes (0.5 * free.Value)).Required() |> ignore
                let sentence = refusal (writes (2.0 * free.Value + 1e12))
                for part in [ "the work writes about"; "free on the disk of"; target; ": elsewhere" ] do
                    Expect.stringContains sentence part "disk"
                Expect.isFalse (Directory.Exists(Path.Combine(folder, "new"))) "nothing is made"

        testCase "time, memory and disk in one line" <| fun () ->
            let estimate = WorkEstimate("the work", 1.2 * 1073741824.0, "", DiskBytes = 4.0 * 1073741824.0)
            Expect.equal (estimate.Text 180.0) "about 3 min, 1.2 GiB of memory, 4 GiB on disk" "with files"
            Expect.equal ((WorkEstimate("the work", 1048576.0, "")).Text 12.0) "about 12 s, 1 MiB of memory" "without"
    ]
