module Rhm.ProofsTests.Sweeps.SweepTableTests

open System
open System.IO
open Expecto
open Rhm.Sweeps
open Rhm.Sweeps.Expressions
open Rhm.ProofsTests.Folders
open Rhm.ProofsTests.Refusals
open Rhm.ProofsTests.SweepFiles

[<Tests>]
let tests =
    testList "Sweeps / SweepTable" [
        testCase "CSV and Parquet give back every number to the last bit" <| fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "s.sqlite")
                let text = grid + "[[learner]]\nname = \"null\"\nfail = \"seed == 2\"\nseeds = 3\n"
                run 2 path (SweepFile.Read(write folder "s.toml" text)) |> ignore
                use store = ResultStore.OpenToRead path
                let table = SweepTable.Of(store, "s")
                let rows = List.ofSeq (table.Rows())
                let csv, parquet = Path.Combine(folder, "s.csv"), Path.Combine(folder, "s.parquet")
                Expect.equal
                    (table.Export(csv, null, null), table.Export(parquet, null, null))
                    (int64 rows.Length, int64 rows.Length)
                    "rows"
                let lines = File.ReadAllLines csv
                let header = lines[0].Split ','
                Expect.equal (List.ofArray header) [ for column in table.Columns -> column.Name ] "header"
                let top = Array.IndexOf(header, "accuracy_level2")
                let value (row: SweepTable.Row) =
                    match row.Values.TryGetValue "accuracy_level2" with
                    | true, x -> Some(BitConverter.DoubleToInt64Bits(x :?> float))
                    | _ -> None
                let cell (line: string) =
                    match line.Split(',')[top] with
                    | "" -> None
                    | x -> Some(BitConverter.DoubleToInt64Bits(Double.Parse x))
                Expect.equal [ for line in Array.tail lines -> cell line ] (List.map value rows) "CSV"
                use stream = File.OpenRead parquet
                let reader = Parquet.ParquetReader.CreateAsync(stream).GetAwaiter().GetResult()
                let field = reader.Schema.FindDataField "accuracy_level2"
                use group = reader.OpenRowGroupReader 0
                let data = Array.zeroCreate<Nullable<float>> rows.Length
                group.ReadAsync<float>(field, Memory<Nullable<float>> data).AsTask().GetAwaiter().GetResult()
                Expect.equal
                    [ for x in data -> if x.HasValue then Some(BitConverter.DoubleToInt64Bits x.Value) else None ]
                    (List.map value rows)
                    "Parquet"
                Expect.equal
                    (Seq.length (table.Rows(Expression.Parse "learner == 'null' and state == 'failed' and seed == 2")))
                    8
                    "a condition over columns"
                refuses "no column \"speed\"" (fun () -> table.Rows(Expression.Parse "speed > 1") |> Seq.length |> ignore)
                refuses "neither in .csv nor in .parquet" (fun () -> table.Export(Path.Combine(folder, "s.xls"), null, null) |> ignore))

        testCase "accuracies stand under the names of their levels" <| fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "s.sqlite")
                let text = "L = 3\ns = 2\nv = 8\nm = 3\nP = 150\ngrammar = 1\nseed = 1\n[[learner]]\nname = \"ilc\"\n"
                let file = SweepFile.Read(write folder "s.toml" text)
                run 1 path file |> ignore
                let expected = (Seq.head (file.Cells())).Run(1, System.Threading.CancellationToken.None).Accuracy |> List.ofSeq
                use store = ResultStore.OpenToRead path
                let row = Seq.exactlyOne (SweepTable.Of(store, "s").Rows())
                let stored = [ for name in [ "accuracy_level1"; "accuracy_level2"; "accuracy_top" ] -> row.Values[name] :?> float ]
                Expect.equal stored [ expected[0]; expected[1]; expected[1] ] "levels 1 and 2, the top"
                Expect.notEqual expected[0] expected[1] "which differ")

        testCase "the kind of every row is told, that of a run too" <| fun () ->
            inFolder (fun folder ->
                let path = Path.Combine(folder, "s.sqlite")
                let text =
                    "grammars = 1\nL = 2\ns = 2\nv = 4\nm = 2\n[[learner]]\nname = \"ilc\"\nP = 50\n"
                    + "[[learner]]\nname = \"ilc\"\nkind = \"threshold\"\nstart = 20\nmost = 40\n"
                run 1 path (SweepFile.Read(write folder "s.toml" text)) |> ignore
                use store = ResultStore.OpenToRead path
                let rows = SweepTable.Of(store, "s").Rows()
                Expect.equal [ for row in rows -> string row.Values["kind"] ] [ "run"; "threshold" ] "kinds")
    ]
