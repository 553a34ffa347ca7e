module Rhm.ProofsTests.Strings.StoredStringsTests

open System
open System.IO
open Expecto
open Rhm.Grammars
open Rhm.Strings
open Rhm.ProofsTests.Folders

[<Tests>]
let tests =
    testList "Strings / StoredStrings" [
        testCase "threads may read one file at the same time" <| fun () ->
            inFolder (fun folder ->
                let strings = StringSampler(Grammar.Draw(GrammarShape(2, 2, 8, 3), 1UL), 1UL, 5000)
                let path = Path.Combine(folder, "x.npy")
                DatasetFile.Write(strings, path) |> ignore

                let sum (source: IStringSource) =
                    use reader = source.OpenReader()
                    let group = strings.CreateGroup false
                    let mutable total = 0L

                    for g in 0L .. (strings.Count - 1L) / 64L do
                        reader.Read(g, group)

                        for t in 0..3 do
                            for lane in 0 .. group.Count - 1 do
                                total <- total + int64 (t + 1) * int64 ((group.Level 0)[t * 64 + lane])

                    total

                let expected = sum strings

                for _ in 1..500 do
                    use stored = new StoredStrings(path, 8)
                    use barrier = new Threading.Barrier 4
                    let sums = Array.zeroCreate 4

                    // All threads start to read in the same moment.
                    let threads =
                        [ for i in 0..3 ->
                              Threading.Thread(fun () ->
                                  barrier.SignalAndWait()
                                  sums[i] <- sum stored) ]

                    for thread in threads do
                        thread.Start()

                    for thread in threads do
                        thread.Join()

                    Expect.allEqual sums expected "the same strings")

        testCase "foreign, damaged and wrong files are refused with the reason" <| fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "x.npy")

                let refused (fragment: string) (header: string) (bytes: byte[]) =
                    let text = header.PadRight(117) + "\n"
                    let start = [| 0x93uy; yield! "NUMPY"B; 1uy; 0uy; byte text.Length; 0uy |]
                    File.WriteAllBytes(path, Array.concat [ start; Text.Encoding.ASCII.GetBytes text; bytes ])

                    let error =
                        Expect.throwsC
                            (fun () ->
                                use strings = new StoredStrings(path, 8)
                                use reader = strings.OpenReader()
                                reader.Read(0L, StringGroup(1, strings.TokenCount, 2)))
                            id

                    Expect.isTrue (error :? ArgumentException) $"{error}"
                    Expect.stringContains error.Message fragment "names the reason"

                let header descr order shape = $"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}"
                refused "'<f4'" (header "<f4" "False" "(2, 4)") (Array.zeroCreate 32)
                refused "'>i4'" (header ">i4" "False" "(2, 4)") (Array.zeroCreate 32)
                refused "Fortran" (header "|u1" "True" "(2, 4)") (Array.zeroCreate 8)
                refused "truncated" (header "|u1" "False" "(2, 4)") (Array.zeroCreate 7)
                refused "axes" (header "|u1" "False" "(8,)") (Array.zeroCreate 8)
                refused "outside the vocabulary" (header "|u1" "False" "(2, 4)") (Array.create 8 8uy)
                refused "outside the vocabulary" (header "<i4" "False" "(1, 2)") (Array.create 8 255uy)
                refused "not a size" (header "|u1" "False" "(99999999999999999999, 4)") (Array.zeroCreate 8)
                File.WriteAllText(path, "hello")
                Expect.throwsT<ArgumentException> (fun () -> new StoredStrings(path, 8) |> ignore) "not NumPy")


        testCase "the symbol v is outside of the vocabulary 0..v-1" <| fun () ->
            Rhm.ProofsTests.Folders.inFolder (fun folder ->
                let path = System.IO.Path.Combine(folder, "x.npy")
                do
                    use file = System.IO.File.Create path
                    Rhm.Files.NumpyFile.Write(file, System.ReadOnlySpan [| 0uy; 4uy |], System.ReadOnlySpan [| 1L; 2L |])

                let read v =
                    use strings = new StoredStrings(path, v)
                    use reader = strings.OpenReader()
                    reader.Read(0L, StringGroup(1, 2, 2))

                read 5
                Rhm.ProofsTests.Refusals.refuses "token 1 is 4, outside the vocabulary 0..3" (fun () -> read 4))
    ]
