module Rhm.ProofsTests.Cli.CommandLineTests

open System
open System.Collections.Generic
open System.CommandLine
open System.IO
open Expecto
open Rhm.Cli
open Rhm.Files
open Rhm.Learning
open Rhm.ProofsTests
open Rhm.ProofsTests.Tool

let private words (line: string) = List.ofArray (line.Split(' ', StringSplitOptions.RemoveEmptyEntries))

/// Refused with code 2 and one sentence that has every part.
let private refused line parts =
    let code, _, error = run line
    Expect.equal code ExitCode.BadInput $"code of {line}: {error}"
    Expect.equal (error.TrimEnd().Split('\n').Length) 1 $"one sentence: {error}"
    for part: string in parts do
        Expect.stringContains error part $"{line}"

let private inFolder work =
    Folders.inFolder (fun folder -> work (fun name -> Path.Combine(folder, name)))

/// A command and all below it, each with its path.
let rec private commands path (command: Command) =
    (path, command) :: [ for below in command.Subcommands do yield! commands $"{path} {below.Name}" below ]

let private all = lazy commands "rhm" (CommandLine.Root())

let private shape = words "-L 3 -s 2 -v 8 -m 3"

[<Tests>]
let names =
    testSequenced <| testList "Cli / ParseFaults" [
        testCase "an empty name is refused" <| fun () ->
            refused [ "sweep"; "collect"; ""; "--store"; "c.csv" ] [ "file is empty" ]
            refused [ "verify"; "--list"; "--results"; "" ] [ "--results is empty" ]

        testCase "nothing behind an equals sign does not take the next option for a value" <| fun () ->
            refused [ "verify"; "--results="; "--list" ] [ "--results= has no value behind it" ]
            refused [ "verify"; "--list"; "--results=" ] [ "--results= has no value behind it" ]

        testCase "a claim's name that is nearly right is answered with the right one" <| fun () ->
            refused [ "verify"; "--claims"; "thm-ilc-exponnet"; "--list" ] [ "did you mean thm-ilc-exponent?" ]

        for line, parts in
            [ "verfy", [ "\"verfy\" is none of the commands of rhm"; "did you mean verify?" ]
              "sweep rnu", [ "none of the commands of rhm sweep"; "did you mean run?" ]
              "sweep", [ "a command is missing, one of rhm sweep: plan, run" ]
              "reproduce fig3-lef", [ "did you mean fig3-left?" ]
              "help reproduce fig3-lef", [ "did you mean fig3-left?" ]
              "ilc --dpeth 3", [ "--dpeth is no option of rhm ilc; did you mean --depth?" ]
              "ilc --restart=3", [ "--restart is no option"; "did you mean --restarts?" ]
              "ilc --nothing-like-it 3", [ "rhm ilc --help names them" ]
              "ilc -L 3 -s 2 -v 8 -m 3 --cousins al", [ "none of: element, tuple, all; did you mean all?" ]
              "slc -L 3 -s 2 -v 8 -m 3 --gradients endtoen", [ "none of: local, module, end-to-end" ]
              "joint-embedding -L 3 -s 2 -v 8 -m 3 --objective vapm", [ "none of: vamp, spectral-contrastive"; "did you mean vamp?" ]
              "joint-embedding -L 3 -s 2 -v 8 -m 3 --latents auto --gradients end-to-end", [ "that needs local gradients" ]
              "joint-embedding -L 3 -s 2 -v 8 -m 3 --resume", [ "--resume needs --checkpoint" ]
              "joint-embedding -L 3 -s 2 -v 8 -m 3 --batch 3", [ "at least 4" ]
              "reproduce objectives --objectives masked-tokns", [ "did you mean masked-tokens?" ]
              "train --objective mlmm -L 3 -s 2 -v 8 -m 3", [ "none of data2vec"; "did you mean mlm?" ]
              "report --results no-such-folder", [ "no results in"; "--results CLONE/paper/results" ]
              "threshold --learner python3~missing.py -L 2 -s 2 -v 8 -m 2", [ "there is no file missing.py" ]
              "threshold --learner ./missing -L 2 -s 2 -v 8 -m 2", [ "there is no file ./missing" ]
              "verify --scale papr", [ "none of: quick, paper; did you mean paper?" ]
              "sweep run x.toml --engine slrum", [ "none of: local, slurm; did you mean slurm?" ]
              "ilc --depth", [ "--depth needs a value: N" ]
              "ilc --seed 1 --seed 2", [ "--seed is given 2 times" ]
              "sample -L 3 -s 2 -v 8 -m 3", [ "--count is missing: Number of strings P" ]
              "grammar show", [ "file is missing: Grammar file" ]
              "grammar show a.json b.json", [ "takes no further argument such as \"b.json\"" ]
              "ilc -L 300", [ "--depth 300 is outside 1..20" ]
              "ilc -L 3,4", [ "--depth: \"3,4\" is not a whole number" ]
              "ilc --restarts 0", [ "--restarts 0 is outside 1..1000000" ]
              "theory --zipf 1", [ "--zipf is no option" ]
              "sample -P 1.5", [ "\"1.5\" is not a whole number" ]
              "sample -P 1e-3", [ "\"1e-3\" is not a whole number" ]
              "sample -P 1e40", [ "--count" ]
              "sample -P 0", [ "--count 0 must be at least 1" ]
              "reproduce fig3-right --margin 1", [ "--margin 1 must be in (0, 1)" ]
              "reproduce fig3-right --margin 0,9", [ "\"0,9\" is not a number (with a point, not a comma)" ]
              "reproduce targets --depth 3,3", [ "3 stands there twice" ]
              "spectral -L 3 -s 2 -v 8 -m 3 --latents many", [ "--latents: \"many\" is not a whole number" ]
              "reproduce objectives --budget 2147483648", [ "--budget 2147483648 must be in (0, 1000000]" ]
              "reproduce objectives --grammars 65537", [ "--grammars 65537 is outside 1..10000" ]
              "reproduce targets --grammars 2147483647", [ "--grammars 2147483647 is outside 1..10000" ] ] do
            testCase $"rhm {line}" <| fun () -> refused [ for word in words line -> word.Replace('~', ' ') ] parts

        testCase "help is asked for in two ways, and by nothing" <| fun () ->
            for help, same in [ "help", ""; "help ilc", "ilc --help"; "help sweep run", "sweep run --help" ] do
                let answer = run (words help)
                Expect.equal answer (run (words same)) help
                let code, text, _ = answer
                Expect.equal code 0 help
                Expect.stringContains text "Usage:" help

        testCase "choices and defaults are shown as they are written" <| fun () ->
            let _, text, _ = run [ "help"; "slc" ]
            Expect.stringContains text "<local|module|end-to-end>" "choices"
            Expect.stringContains text "[default: local]" "default"

        testCase "a letter, and the name of a size, is the same parameter in every command" <| fun () ->
            let options = [ for path, command in all.Value do for option in command.Options -> path, option ]
            for parameter in ProblemParameters.All do
                let letter = if parameter.Letter.HasValue then $"-{parameter.Letter.Value}" else "-"
                for path, option in options do
                    Expect.equal
                        (option.Aliases.Contains letter)
                        (letter <> "-" && option.Name = parameter.Option)
                        $"{path} {option.Name} {letter}"
            for name in [ "--depth"; "--branching"; "--vocabulary"; "--multiplicity" ] do
                let meanings = set [ for _, option in options do if option.Name = name then option.Description ]
                Expect.equal meanings.Count 1 $"{name}: {meanings}"
            let old = [ for _, option in options do if option.Name = "--depths" || option.Name = "--multiplicities" then option ]
            Expect.isEmpty old "words of older versions are only understood"

        testCase "words of older versions are understood" <| fun () ->
            let renamed line = Options.Renamed(words line) |> String.concat " "
            Expect.equal
                (renamed "reproduce targets --depths 2,3 --multiplicities=3,4")
                "reproduce targets --depth 2,3 --multiplicity=3,4"
                "both forms"
            Expect.equal (renamed "grammar show -- --depths") "grammar show -- --depths" "a file of that name"

        testProperty "no sentence is a library's, whatever the words" <| fun (seed: int) ->
            let random = Random seed
            let pick (items: 'a list) = items[random.Next items.Length]
            let path, command = pick all.Value
            let known = "--help" :: [ for option in command.Options -> option.Name ]
            let values = [ "3"; "-1"; "x"; ""; "1e9"; "0.5"; "true"; "1,2"; "--"; "@f"; "none"; "99999999999999999999"; "NaN"; "-"; "=" ]
            let word () =
                match random.Next 4 with
                | 0 -> pick values
                | 1 -> pick known + "=" + pick values
                | 2 -> (pick known)[..4]
                | _ -> pick known
            let line = (words path).Tail @ [ for _ in 0 .. random.Next 5 -> word () ]
            let parsed = CommandLine.Root().Parse(List.toArray line, ParserConfiguration(ResponseFileTokenReplacer = null))

            match ParseFaults.Sentence parsed with
            | null -> ()
            | sentence ->
                for part in [ "Unrecognized"; "Required"; "expects"; "Cannot parse"; "not recognized"; "(Parameter"; "\n" ] do
                    Expect.isFalse (sentence.Contains part) $"{line}: {sentence}"
    ]

[<Tests>]
let files =
    testSequenced <| testList "Cli / CommandLine" [
        testCase "a number such as 1e2, any spelling of a choice, and the option of older versions" <| fun () ->
            inFolder <| fun file ->
                for line in
                    [ [ "-P"; "1e2"; "--cousins"; "TUPLE" ]
                      [ "-P"; "100"; "--cousins"; "tuple"; "--pool-grandparents"; "true" ] ] do
                    let code, text, error = run ([ "ilc" ] @ shape @ line @ [ "--out"; file (string (List.length line)) ])
                    Expect.equal (code, error) (0, "") "runs"
                    Expect.stringContains text "100 strings of 8 tokens" "P"
                Expect.equal (File.ReadAllBytes(file "4/level2.npy")) (File.ReadAllBytes(file "6/level2.npy")) "the same labels"

        testCase "a file name that begins with @, or a hyphen after --" <| fun () ->
            inFolder <| fun file ->
                run ([ "grammar"; "new" ] @ shape @ [ "--out"; file "g.json" ]) |> ignore
                let here = Directory.GetCurrentDirectory()
                try
                    Directory.SetCurrentDirectory(file ".")
                    for name in [ "@g.json"; "--depth" ] do
                        File.Copy("g.json", name)
                        let code, text, error = run [ "grammar"; "show"; "--"; name ]
                        Expect.equal (code, error) (0, "") name
                        Expect.stringContains text "L=3 s=2 v=8 m=3" name
                    let code, _, _ = run [ "grammar"; "show"; "@g.json" ]
                    Expect.equal code 0 "no list of arguments"
                finally
                    Directory.SetCurrentDirectory here

        testCase "nothing that is read is written over, under whatever name" <| fun () ->
            inFolder <| fun file ->
                run ([ "grammar"; "new" ] @ shape @ [ "--out"; file "g.json" ]) |> ignore
                let grammar = File.ReadAllText(file "g.json")
                Directory.CreateDirectory(file "folder") |> ignore
                File.CreateSymbolicLink(file "link.json", file "g.json") |> ignore
                Directory.CreateSymbolicLink(file "here", file ".") |> ignore
                for target in [ file "g.json"; file "link.json"; file "folder/../g.json"; file "here/g.json" ] do
                    refused [ "theory"; "--grammar"; file "g.json"; "--json"; target ] [ "would be written over" ]
                    refused [ "sample"; "--grammar"; file "g.json"; "-P"; "10"; "--out"; target ] [ "would be written over" ]
                refused [ "sweep"; "export"; file "g.json"; "--out"; file "g.json" ] [ "would be written over" ]
                Expect.equal (File.ReadAllText(file "g.json")) grammar "still there"

        testCase "labels are not written over the strings, through a link to their folder" <| fun () ->
            inFolder <| fun file ->
                Directory.CreateDirectory(file "data") |> ignore
                run ([ "sample" ] @ shape @ [ "-P"; "50"; "--out"; file "data/level1.npy" ]) |> ignore
                Directory.CreateSymbolicLink(file "link", file "data") |> ignore
                let before = File.ReadAllBytes(file "data/level1.npy")
                refused [ "ilc"; "--data"; file "data/level1.npy"; "-s"; "2"; "-v"; "8"; "--out"; file "link" ] [ "would be written over" ]
                Expect.equal (File.ReadAllBytes(file "data/level1.npy")) before "still there"

        testCase "a link, a pipe and a device are no targets" <| fun () ->
            if not (OperatingSystem.IsWindows()) then
                inFolder <| fun file ->
                    File.WriteAllText(file "there.json", "")
                    File.CreateSymbolicLink(file "link.json", file "there.json") |> ignore
                    Diagnostics.Process.Start("mkfifo", file "pipe").WaitForExit()
                    for target, reason in [ file "link.json", "it is a link to"; file "pipe", "a pipe"; "/dev/null", "it is a device" ] do
                        refused ([ "theory" ] @ shape @ [ "--out"; file "t"; "--json"; target ]) [ "cannot write"; reason ]
                    let empty = file "there.json"
                    OutputFile.RequireWritable empty
                    Expect.equal (FileInfo(empty).Length) 0L "an empty file is one"

        testCase "theory says its numbers where the folder of figures cannot be written, unless it was named" <| fun () ->
            inFolder <| fun file ->
                let here = Directory.GetCurrentDirectory()
                try
                    Directory.SetCurrentDirectory(file ".")
                    File.WriteAllText("results", "in the way of the folder")
                    let code, text, error = run ([ "theory" ] @ shape)
                    Expect.equal code 0 error
                    Expect.stringContains text "coverage v m log(v m)" "numbers"
                    Expect.stringContains error "the figure is not drawn" "and why"
                    refused ([ "theory" ] @ shape @ [ "--out"; "results/theory" ]) [ "cannot write" ]
                finally
                    Directory.SetCurrentDirectory here

        for line in
            [ "ilc -L 3 -s 2 -v 40000 -m 1"
              "spectral -L 3 -s 2 -v 40000 -m 40000"
              "slc -L 6 -s 16 -v 2 -m 2 --codes 2 --width 2 -P 1e6 --batch 1"
              "slc -L 20 -s 2 -v 2 -m 1 -P 1e7"
              "train --objective mlm -L 3 -s 2 -v 8 -m 2 --batch 1e9"
              "joint-embedding -L 3 -s 2 -v 40000 -m 40000" ] do
            testCase $"memory is estimated before work: rhm {line}" <| fun () -> refused (words line) [ "GiB" ]

        testCase "files that no disk holds are not begun" <| fun () ->
            inFolder <| fun file ->
                let shape = words "-L 5 -s 3 -v 8 -m 6 -P 1e13"
                refused ([ "sample" ] @ shape @ [ "--out"; file "x.npy" ]) [ "writes about"; "free on the disk of"; "--count" ]
                refused ([ "ilc" ] @ shape @ [ "--out"; file "latents" ]) [ "writes about"; "free on the disk of"; "--out" ]
                Expect.isEmpty (Directory.GetFileSystemEntries(file ".")) "nothing is there"

        testCase "strings of a file that are too few are said to be" <| fun () ->
            inFolder <| fun file ->
                run ([ "sample" ] @ words "-L 3 -s 3 -v 8 -m 6 -P 20" @ [ "--out"; file "few.npy" ]) |> ignore
                let code, text, error = run [ "ilc"; "--data"; file "few.npy"; "-s"; "3"; "-v"; "8" ]
                Expect.equal (code, error) (0, "") "learns"
                Expect.stringContains text "P is below the detection threshold, of the order v m^3" "and warns"

        testCase "two grammars have an interval, and a word of why it is wide" <| fun () ->
            inFolder <| fun file ->
                let line grammars = words $"threshold --learner ilc -L 2 -s 2 -v 4 -m 2 --grammars {grammars} --most 4096"
                let told grammars =
                    let code, text, error = run (line grammars @ [ "--out"; file $"of-{grammars}" ])
                    Expect.equal code 0 error
                    text.Contains "Student's t with 1 degree of freedom"
                Expect.equal (told 2, told 4) (true, false) "two and four"

        testCase "claims are listed into a file" <| fun () ->
            inFolder <| fun file ->
                let code, _, error = run [ "verify"; "--list"; "--claims"; "thm-*"; "--json"; file "list.json" ]
                Expect.equal (code, error) (0, "") "listed"
                use list = Text.Json.JsonDocument.Parse(File.ReadAllText(file "list.json"))
                let ids = [ for claim in list.RootElement.GetProperty("claims").EnumerateArray() -> string (claim.GetProperty "id") ]
                Expect.isNonEmpty ids "claims"
                Expect.all ids (fun id -> id.StartsWith "thm-") "those that were chosen"

        testCase "rules are learned from own strings, judged by own latents, and applied to others" <| fun () ->
            inFolder <| fun file ->
                let sample seed name =
                    run ([ "sample" ] @ shape @ words $"--seed 1 -P 20{seed}0 --latents" @ [ "--out"; file name ]) |> ignore
                for seed, name in [ 1, "x.npz"; 2, "y.npz"; 3, "z.npy" ] do sample seed name
                let own = [ "-s"; "2"; "-v"; "8"; "--data"; file "x.npz" ]
                let outputs = [ "--rules"; file "r.json"; "--out"; file "there" ]
                let code, _, error = run ([ "ilc" ] @ own @ [ "--truth"; file "x.npz" ] @ outputs)
                Expect.equal (code, error) (0, "") "learned"
                let decode data = [ "decode"; "--rules"; file "r.json"; "--data"; file data; "--truth"; file data; "--out"; file "here" ]
                for data in [ "x.npz"; "y.npz"; "z.npy" ] do
                    let code, _, error = run (decode data)
                    Expect.equal (code, error) (0, "") data
                run (decode "x.npz") |> ignore
                for level in [ "level1.npy"; "level2.npy" ] do
                    Expect.equal (File.ReadAllBytes(file $"here/{level}")) (File.ReadAllBytes(file $"there/{level}")) "the same latents"
                refused [ "decode"; "--rules"; file "x.npz"; "--data"; file "x.npz"; "--out"; file "o" ] [ "holds no rules" ]
                refused (words "ilc -L 3 -s 2 -v 8 -m 3" @ [ "--truth"; file "x.npz" ]) [ "--truth needs --data" ]
                let shapes = "has the shape [2020, 4]; 2010 strings of 8 tokens need [2010, 4]"
                refused ([ "ilc" ] @ own @ [ "--truth"; file "y.npz" ]) [ shapes ]

        testCase "own labels train a network; a checkpoint is not begun anew over one that is there" <| fun () ->
            inFolder <| fun file ->
                run ([ "sample" ] @ shape @ words "-P 64 --latents" @ [ "--out"; file "x.npy" ]) |> ignore
                let small = words "--branching 2 --vocabulary 8 --width 8 --heads 1 --layers 1 --batch 8 --steps 2"
                let line = [ "train"; "--objective"; "supervised"; "--data"; file "x.npy" ] @ small
                refused line [ "labels of these strings are not known" ]
                let labelled = line @ [ "--labels"; file "x.level3.npy"; "--checkpoint"; file "net" ]
                let code, _, error = run labelled
                Expect.equal (code, error) (0, "") "trains"
                let before = File.ReadAllBytes(file "net")
                refused labelled [ "is there already: --resume goes on from it" ]
                Expect.equal (File.ReadAllBytes(file "net")) before "kept"
                let latents = [ "train"; "--objective"; "latents"; "--data"; file "x.npy"; "--truth"; file "x.npy" ] @ small
                Expect.equal (run latents |> fun (code, _, error) -> code, error) (0, "") "latents of a file are predicted"

        testCase "nothing that a file says reaches a terminal as a command" <| fun () ->
            inFolder <| fun file ->
                run ([ "sample" ] @ shape @ words "-P 64 --latents" @ [ "--out"; file "x.npz" ]) |> ignore
                do
                    use archive = IO.Compression.ZipFile.Open(file "x.npz", IO.Compression.ZipArchiveMode.Update)
                    let entry = nonNull (archive.GetEntry "tokens.npy")
                    entry.Delete()
                    archive.CreateEntry("\x1b]0;x\a\u202e.npy").Open().Dispose()
                let _, _, error = run [ "ilc"; "--data"; file "x.npz"; "-s"; "2"; "-v"; "8" ]
                Expect.stringContains error "has no array \"tokens\"" "refused"
                Expect.isFalse (error.TrimEnd('\n') |> Seq.exists (fun c -> Char.IsControl c || c = '\u202e')) error

        testCase "what libraries throw is one sentence that shows none of theirs" <| fun () ->
            let thrown (fault: unit -> unit) = try fault (); failtest "nothing was thrown" with error -> error
            let library = [
                thrown (fun () -> Operators.Checked.(+) Int32.MaxValue DateTime.Now.Year |> ignore)
                thrown (fun () -> Dictionary<int, int>()[3] |> ignore)
                thrown (fun () -> Text.Json.JsonDocument.Parse "{" |> ignore)
                thrown (fun () -> Path.GetFullPath "" |> ignore)
                thrown (fun () -> Int32.Parse "x" |> ignore)
                thrown (fun () -> File.ReadAllText "no/such/file" |> ignore)
                AggregateException(thrown (fun () -> Seq.head Seq.empty<int> |> ignore))
                TimeoutException "words of a library" ]
            for error in library do
                let sentence = Faults.Sentence error
                let message = match error with :? AggregateException as several -> several.InnerExceptions[0].Message | one -> one.Message
                Expect.isFalse (sentence.Contains message) $"{error.GetType().Name}: {sentence}"
                Expect.isFalse (sentence.Contains '\n') sentence
            let ours = thrown (fun () -> Rhm.Grammars.GrammarShape(99, 2, 8, 3) |> ignore)
            Expect.equal (Faults.Sentence ours) "depth L = 99 is outside 1..20" "our own stands"

        testCase "a stream that cannot be written does not end the work, and is told" <| fun () ->
            let before = Console.Out, Console.Error
            let closed () : Stream = raise (IOException "Bad file descriptor")
            let full () : Stream =
                { new MemoryStream() with
                    override _.Write(_: byte[], _: int, _: int) = raise (IOException "No space left on device") }
            try
                for output, broken in [ (fun () -> new MemoryStream() :> Stream), false; closed, true; full, true ] do
                    use streams = new StandardStreams(output, closed)
                    Console.WriteLine "numbers"
                    Console.Error.WriteLine "and a word"
                    Expect.equal (isNull streams.Broken) (not broken) "told at the end"
            finally
                Console.SetOut(fst before)
                Console.SetError(snd before)
    ]
