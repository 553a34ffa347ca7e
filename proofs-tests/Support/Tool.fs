/// The tool, run in this process.
module Rhm.ProofsTests.Tool

open System
open System.IO
open System.Threading
open Rhm.Cli

/// Exit code, standard output and standard error of a command line that may be interrupted.
let runUntil (interruption: CancellationToken) (words: string list) =
    let output, error = new StringWriter(), new StringWriter()
    let before = Console.Out, Console.Error
    Console.SetOut(TextWriter.Synchronized output)
    Console.SetError(TextWriter.Synchronized error)

    try
        let code = CommandLine.RunAsync(List.toArray words, interruption).Result
        code, string output, string error
    finally
        Console.SetOut(fst before)
        Console.SetError(snd before)

/// Exit code, standard output and standard error of a command line.
let run words = runUntil CancellationToken.None words

/// Works in another folder.
let inside (folder: string) work =
    let here = Directory.GetCurrentDirectory()

    try
        Directory.SetCurrentDirectory folder
        work ()
    finally
        Directory.SetCurrentDirectory here
