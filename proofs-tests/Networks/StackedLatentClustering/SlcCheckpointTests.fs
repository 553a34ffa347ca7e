module Rhm.ProofsTests.Networks.StackedLatentClustering.SlcCheckpointTests

open System
open System.IO
open Expecto
open Rhm.Grammars
open Rhm.Networks.StackedLatentClustering
open Rhm.Strings
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals
open Rhm.ProofsTests.SlcNetworks

[<Tests>]
let tests =
    testList "Networks / StackedLatentClustering / SlcCheckpoint" [
        testCase "a file holds torch.nn.Linear weights, outputs x inputs, where the format puts them" <| fun () ->
            inFile (fun path ->
                let trainer = small 20L 3e-3
                SlcCheckpoint.Save(path, trainer)
                let bytes = File.ReadAllBytes path
                let length = int (BitConverter.ToInt64(bytes, 0))
                use header = Text.Json.JsonDocument.Parse(ReadOnlyMemory(bytes, 8, length))
                let entry = header.RootElement.GetProperty "levels.0.predictor.2.weight"
                // s (s-1) s v = 2*1*2*6 outputs, 20 inputs; the second block (i = 1) starts at output 12
                Expect.equal [ for x in (entry.GetProperty "shape").EnumerateArray() -> x.GetInt32() ] [ 24; 20 ] "shape"
                let offset = 8 + length + (entry.GetProperty "data_offsets").[0].GetInt32()
                let inFile output input = BitConverter.ToSingle(bytes, offset + 4 * (output * 20 + input))
                let w3 = trainer.Network.Layout.Modules[0].W3
                Expect.equal (inFile 13 7) (w3.Of(trainer.Network.Parameters, 1).ToArray()[7 * 12 + 1]) "weight of output 13, input 7"
                Expect.equal (length % 8) 0 "aligned")

        testCase "checkpoints of other sizes, settings or strings, and files that are none, are refused, and nothing is changed"
        <| fun () ->
            inFile (fun path ->
                let trainer = small 20L 3e-3
                trainer.Advance() |> ignore
                SlcCheckpoint.Save(path, trainer)
                let before = Array.copy trainer.Network.Parameters
                refuses "training" (fun () -> SlcCheckpoint.Load(path, small 20L 1e-3))
                let grammar = Grammar.Draw(GrammarShape(3, 2, 6, 3), 1UL)
                let other codes count =
                    SlcTrainer(
                        StringSampler(grammar, 1UL, count),
                        SlcShape(3, 2, 6, codes, 20),
                        SlcObjective(EmaRate = Nullable 0.02),
                        SlcTraining(Steps = 20L, Seed = 5UL)
                    )
                refuses "d_h=8" (fun () -> SlcCheckpoint.Load(path, other 9 200L))
                refuses "strings" (fun () -> SlcCheckpoint.Load(path, other 8 100L))
                let elsewhere = StringSampler(Grammar.Draw(GrammarShape(3, 2, 6, 3), 2UL), 1UL, 200L)
                let training = SlcTraining(Steps = 20L, Seed = 5UL, LearningRate = 3e-3)
                let onOthers = SlcTrainer(elsewhere, SlcShape(3, 2, 6, 8, 20), SlcObjective(EmaRate = Nullable 0.02), training)
                refuses "on other strings" (fun () -> SlcCheckpoint.Load(path, onOthers))
                let whole = File.ReadAllBytes path
                let notFinite = Array.copy whole
                BitConverter.TryWriteBytes(Span(notFinite, notFinite.Length - 4, 4), Single.NaN) |> ignore
                File.WriteAllBytes(path, notFinite)
                refuses "not finite" (fun () -> SlcCheckpoint.Load(path, trainer))
                File.WriteAllBytes(path, whole)
                let altered (from: string) (into: string) =
                    let text = Text.Encoding.Latin1.GetString(File.ReadAllBytes path)
                    let at = text.IndexOf from
                    Expect.isGreaterThan at 0 from
                    File.WriteAllBytes(
                        path,
                        Text.Encoding.Latin1.GetBytes(text[.. at - 1] + into.PadRight from.Length + text[at + from.Length ..])
                    )

                altered "\"losses\":\"[" "\"losses\":\"x"
                refuses "losses cannot be read" (fun () -> SlcCheckpoint.Load(path, trainer))
                // as they were before these two texts
                altered "\"losses\":\"x" "\"lesses\":\"x"
                altered "\"tokens\"" "\"tokes\""
                SlcCheckpoint.Load(path, small 20L 3e-3)
                altered "\"objective\"" "\"objectiv\""
                refuses "objective cannot be read" (fun () -> SlcCheckpoint.Load(path, trainer))
                let bytes = File.ReadAllBytes path
                File.WriteAllBytes(path, bytes[.. bytes.Length / 2])
                refuses "does not lie in" (fun () -> SlcCheckpoint.Load(path, trainer))
                File.WriteAllBytes(path, [| 1uy; 2uy |])
                refuses "too few" (fun () -> SlcCheckpoint.Load(path, trainer))
                refuses "cannot read" (fun () -> SlcCheckpoint.Load(path + ".none", trainer))
                Expect.equal trainer.Network.Parameters before "parameters")
    ]
