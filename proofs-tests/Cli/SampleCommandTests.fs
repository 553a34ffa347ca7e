/// Files of `rhm sample` against the sampler's own strings.
module Rhm.ProofsTests.Cli.SampleCommandTests

open System.IO
open System.Threading
open Expecto
open Rhm.Cli
open Rhm.Grammars
open Rhm.Strings
open Rhm.ProofsTests.Folders

[<Tests>]
let tests =
    testSequenced <| testList "Cli / SampleCommand" [
        for seed in [ 1UL; 2UL ] do
            testCase $"the strings are those of grammar and sampler with seed {seed}" <| fun () ->
                inFolder (fun folder ->
                    let path, expected = Path.Combine(folder, "x.npy"), Path.Combine(folder, "y.npy")
                    let line = $"sample -L 3 -s 2 -v 8 -m 3 --count 100 --seed {seed} --out {path}"
                    Expect.equal (CommandLine.RunAsync(line.Split ' ', CancellationToken.None).Result) ExitCode.Success "exit code"
                    let strings = StringSampler(Grammar.Draw(GrammarShape(3, 2, 8, 3), seed), seed, 100L)
                    DatasetFile.Write(strings, expected) |> ignore
                    Expect.equal (File.ReadAllBytes path) (File.ReadAllBytes expected) "bytes")

        testCase "latents are written where they are asked for" <| fun () ->
            inFolder (fun folder ->
                let path, expected = Path.Combine(folder, "x.npy"), Path.Combine(folder, "y.npy")
                let line = $"sample -L 3 -s 2 -v 8 -m 3 --count 100 --latents --out {path}"
                Expect.equal (CommandLine.RunAsync(line.Split ' ', CancellationToken.None).Result) ExitCode.Success "exit code"
                let strings = StringSampler(Grammar.Draw(GrammarShape(3, 2, 8, 3), 1UL), 1UL, 100L)
                DatasetFile.Write(strings, expected, true) |> ignore
                for level in [ ""; ".level1"; ".level2"; ".level3" ] do
                    let bytes (name: string) = File.ReadAllBytes(name.Replace(".npy", $"{level}.npy"))
                    Expect.equal (bytes path) (bytes expected) $"bytes{level}")
    ]
