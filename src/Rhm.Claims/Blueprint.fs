/// How the claims hang together: what each one rests on, its chapter in the appendix, its formula as LaTeX and the F# value that
/// measures it. A claim without a line in the table gets its chapter and its premises from its section, and its formula as plain text.
module Rhm.Claims.Blueprint

open System.Collections.Generic
open System.IO
open System.Reflection

/// Role of a statement, in the order in which an argument uses them.
type Kind =
    | Definition = 0
    | Identity = 1
    | Lemma = 2
    | Theorem = 3
    | Prediction = 4
    | Experiment = 5

/// A chapter of the appendix; its text stands in paper/sections/NAME.tex.
type Chapter =
    { Name: string
      Title: string
      /// Sections of the ledger that belong here.
      Sections: string list
      /// What a claim of this chapter rests on unless its line in the table says otherwise.
      Premises: string list }

/// In the order of the appendix. The last one takes the sections that no other names.
let chapters: Chapter list =
    [ { Name = "model"
        Title = "The model"
        Sections = [ "Random Hierarchy Model"; "Identities" ]
        Premises = [ "def-unambiguity" ] }
      { Name = "correlations"
        Title = "Correlations"
        Sections = [ "Correlations"; "Annealed laws" ]
        Premises = [ "def-sampled-correlations" ] }
      { Name = "recovery"
        Title = "Iterative latent clustering"
        Sections = [ "Sample complexity"; "Scaling"; "Scaling laws"; "Learning curves" ]
        Premises = [ "thm-ilc-recovery" ] }
      { Name = "spectral"
        Title = "Spectral latent clustering"
        Sections = [ "Spectral clustering"; "Spectral latent clustering"; "Spectral learner"; "Beyond the paper" ]
        Premises = [ "thm-latent-exceeds-token-correlation"; "identity-09-whole-cousin" ] }
      { Name = "slc"
        Title = "Stacked latent clustering"
        Sections = [ "Stacked latent clustering"; "SLC"; "Networks" ]
        Premises = [ "thm-ilc-recovery" ] }
      { Name = "transformers"
        Title = "Transformers and convolutions"
        Sections = [ "Transformers" ]
        Premises = [ "thm-context-separation" ] }
      { Name = "limits"
        Title = "Limits and further claims"
        Sections = []
        Premises = [ "def-unambiguity" ] } ]

type private Line =
    { Id: string
      Kind: Kind option
      Chapter: string option
      RestsOn: string list
      Latex: string }

let private line id restsOn latex =
    { Id = id
      Kind = None
      Chapter = None
      RestsOn = restsOn
      Latex = latex }

let private a kind line = { line with Line.Kind = Some kind }

let private inChapter name line = { line with Line.Chapter = Some name }

let private table =
    [ line "def-unambiguity" [] @"\mathrm{par}_\ell(\nu)\ \text{is unique for all}\ \ell,\ \nu"
      line "def-string-count" [ "def-unambiguity" ] @"n_c\, m^{(s^L-1)/(s-1)}"
      line "def-entropy" [ "def-string-count" ] @"H = \log n_c + \frac{s^L-1}{s-1} \log m"
      line "def-level-reduction" [ "def-unambiguity" ] @"h^{(1)} \text{ under } G \;\overset{d}{=}\; x \text{ under } G \text{ without its lowest level}"
      line "def-tuple-probability" [ "def-unambiguity" ] @"P[T=\nu] = \pi(\mathrm{par}\,\nu)/m"
      line "def-sampled-correlations" [ "def-tuple-probability" ]
          @"\frac1P \sum_{\text{strings}} \mathrm{sign}\, C_Z(\nu,z) \;\to\; \sum_{\nu,z} P[\nu,z]\, \mathrm{sign}\, C_Z(\nu,z)"
      line "prop-synonymic-invariance" [ "identity-02-synonymic-invariance" ]
          @"P[T=\nu, Z=z] = P[T=\nu', Z=z] \quad\text{for } \mathrm{par}(\nu) = \mathrm{par}(\nu')"
      line "prop-synonymic-invariance-limit" [ "def-unambiguity" ]
          @"\exists\, \nu, \nu' \text{ synonyms},\; Z \in T:\quad P[T=\nu, Z=z] \ne P[T=\nu', Z=z]"
      line "identity-01-tuple-probability" [ "def-tuple-probability" ] @"P[T=\nu] = \pi(\mathrm{par}\,\nu)/m"
      line "identity-02-synonymic-invariance" [ "identity-06-parent-separates" ]
          @"C_Z(\nu,\cdot) = C_Z(\nu',\cdot) \quad\text{for } \mathrm{par}\,\nu = \mathrm{par}\,\nu'"
      line "identity-03-zero-sums" [ "def-tuple-probability" ] @"\sum_z C_Z(\nu,z) = \sum_\nu C_Z(\nu,z) = 0"
      line "identity-04-unambiguity" [ "def-string-count" ] @"\#\{\text{strings of a class}\} = m^{(s^L-1)/(s-1)}"
      line "identity-05-entropy" [ "def-entropy" ]
          @"H = \log n_c + \frac{s^L-1}{s-1} \log m, \quad H(T \mid \mathrm{par}\,T) = \log m, \quad H(\text{root} \mid \text{tokens}) = 0"
      line "identity-06-parent-separates" [ "identity-01-tuple-probability" ]
          @"P[\nu,z]\, P[\mathrm{par}\,\nu] = P[\mathrm{par}\,\nu, z]\, P[\nu]"
      line "identity-07-descent" [ "identity-13-priors" ] @"C_{T,\,\text{child } c \text{ of } Z} = C_{T,Z}\, M_c"
      line "identity-08-data-processing" [ "identity-07-descent" ] @"I(T;Z) \ge I(T;Z') \quad (\text{also } \chi^2 \text{ and total variation})"
      line "identity-09-whole-cousin" [ "identity-06-parent-separates"; "identity-04-unambiguity" ] @"I(T;T') = I(T;\mathrm{par}\,T')"
      line "identity-10-root-information" [ "identity-04-unambiguity" ] @"I(T_{L-1};\text{root}) = \log n_c, \qquad \chi^2 = n_c - 1"
      line "identity-11-roots-not-identifiable" [ "def-unambiguity" ]
          @"P[\text{tokens}] \text{ is unchanged when top rules move between classes}"
      line "identity-12-level-reduction" [ "def-level-reduction" ]
          @"(h^{(1)}, \dots, h^{(L)}) \overset{d}{=} (h^{(0)}, \dots, h^{(L-1)}) \text{ of the reduced grammar}"
      line "identity-13-priors" [ "def-tuple-probability" ] @"\pi_\ell = \pi_{\ell+1} M_\ell"
      line "identity-14-contraction" [ "identity-13-priors" ]
          @"\mathrm{TV}\big(\phi_{Z'}(a), \phi_{Z'}(b)\big) \le \mathrm{TV}\big(\phi_Z(a), \phi_Z(b)\big)"
      line "thm-latent-exceeds-token-information" [ "identity-08-data-processing" ] @"I(T;Z) \ge I(T;Z') \quad\text{for } Z' \text{ below } Z"
      line "prop-information-loss" [ "identity-08-data-processing" ]
          @"I(T;Z) = I(T;Z') \iff P(T \mid z_1) = P(T \mid z_2) \text{ whenever } M_{z_1 z'} M_{z_2 z'} > 0"
      line "ann-a-contraction" [ "def-unambiguity" ]
          @"\mathbb{E}\,|d^{\mathsf T} M|^2 = \kappa\, |d|^2, \qquad \kappa = \frac1m\, \frac{1-1/v}{1-v^{-s}}"
      line "ann-b-priors" [ "ann-a-contraction"; "identity-13-priors" ]
          @"\mathbb{E}\Big[v \sum_a \pi_\ell(a)^2 - 1\Big] = (1-f) \sum_{i=1}^{L-\ell} \kappa^i"
      line "thm-context-separation" [ "ann-a-contraction"; "ann-b-priors"; "prop-synonymic-invariance" ]
          @"\mathbb{E}\,|\phi(a)-\phi(b)|^2 = \frac{2(1-1/v)}{1-v^{1-s}} \big[\nu_\ell - v^{1-s}\big]\, \kappa^{k+1}"
      |> a Kind.Lemma
      line "thm-latent-exceeds-token-correlation" [ "ann-a-contraction"; "identity-07-descent"; "identity-01-tuple-probability" ]
          @"\frac{\mathbb{E} \sum C_{\text{token}}^2}{\mathbb{E} \sum C_{\text{latent}}^2} = \kappa^{\ell}, \qquad \frac{\mathbb{E} \sum C_{\text{latent}}^2}{\mathbb{E} \sum C_{\text{sib}}^2} = \frac{\kappa}{m}"
      line "ann-e-root" [ "ann-a-contraction"; "identity-10-root-information" ]
          @"\mathbb{E} \sum C_{\text{root}}^2 = \frac1m\, \frac{v-1}{v^2}\, \kappa^{L-\ell-1}"
      line "ann-e-root-separation" [ "ann-e-root" ]
          @"\mathbb{E}\,|P(\text{root} \mid \nu) - P(\text{root} \mid \nu')|^2 = \begin{cases} 2 & \ell = L-1 \\ \dfrac{2 e_1 (1-1/v)}{1-1/(vm)} & \ell = L-2 \\ \dfrac{2 e_1 (1-1/v)}{1-1/(vm)} \kappa^{L-\ell-2} \dfrac{\mathbb{E}[1/\pi_{\ell+1}]}{\mathbb{E}[1/\pi_{L-1}]} & \text{below} \end{cases}"
      line "ann-f-siblings" [ "def-unambiguity"; "identity-03-zero-sums" ]
          @"\mathbb{E} \sum C_{\text{sib}}^2 = \frac{(1-1/v)^2 (1-f)}{v m (1-v^{-s})}"
      line "ann-g-staircase" [ "ann-f-siblings"; "ann-a-contraction" ]
          @"\frac{\mathbb{E} \sum C^2 \big|_{k+1}}{\mathbb{E} \sum C^2 \big|_{k}} = \kappa^2\, \frac{\mathbb{E} \sum C_{\text{sib}}(k+1)^2}{\mathbb{E} \sum C_{\text{sib}}(k)^2}"
      line "ann-h-noise" [ "def-sampled-correlations" ] @"\mathbb{E}\left[\frac{N\, |\hat\phi - \phi|^2}{1 - |\phi|^2}\right] = 1"
      line "ann-i-no-signal-at-f1" [ "identity-13-priors" ] @"f = 1 \;\Rightarrow\; C_Z = 0 \quad\text{for } Z \text{ below the root, outside } T \text{ and not above it}"
      |> inChapter "limits"
      |> a Kind.Prediction
      line "ann-i-labels-at-f1" [ "ann-e-root" ]
          @"f = 1: \quad \mathbb{E} \sum C_{\text{root}}^2 = \frac1m\, \frac{v-1}{v^2}\, \kappa^{L-\ell-1}"
      |> inChapter "limits"
      |> a Kind.Prediction
      line "ann-j-token-given-siblings" [ "thm-latent-exceeds-token-correlation"; "identity-09-whole-cousin" ]
          @"\frac{\mathbb{E}\, I(\text{token};T \mid \text{sibling})}{\mathbb{E}\, I(Z;T)} = 1 - \kappa \qquad (s = 2)"
      line "ann-j-token-given-others" [ "ann-j-token-given-siblings" ]
          @"\frac{I(\text{token};T \mid \text{others below } Z)}{I(Z;T)} \text{ grows with } m \qquad (s = 2,\ \ell = 2)"
      line "thm-ilc-recovery" [ "thm-context-separation"; "ann-h-noise"; "identity-12-level-reduction"; "prop-synonymic-invariance" ]
          @"P = 10\, v m^3 \;\Rightarrow\; \text{accuracy of levels } 1..L{-}1 \ge 0.99"
      line "thm-ilc-exponent" [ "thm-ilc-recovery"; "thm-context-separation" ]
          @"\frac{d \log P^*}{d \log m} = 3 \qquad (\text{token targets: } L+1)"
      |> a Kind.Prediction
      line "thm-token-exponent" [ "thm-context-separation"; "thm-latent-exceeds-token-correlation" ] @"\frac{d \log P^*_{\text{token}}}{d \log m} = L+1"
      |> a Kind.Prediction
      line "thm-label-exponent" [ "ann-e-root-separation" ] @"\frac{d \log P^*_{\text{label}}}{d \log m} = L"
      |> a Kind.Prediction
      line "thm-token-levels" [ "thm-context-separation"; "thm-latent-exceeds-token-correlation" ] @"\frac{d \log P^*_{\text{token}, \ell}}{d \log m} = \ell + 2"
      |> a Kind.Prediction
      line "thm-label-levels" [ "ann-e-root-separation" ] @"\frac{d \log P^*_{\text{label}, \ell}}{d \log m} = L - \ell + 1"
      |> a Kind.Prediction
      line "thm-token-bottleneck" [ "thm-token-levels" ] @"P^*_{\text{token}} = P^*_{\text{token}, L-1}"
      |> a Kind.Prediction
      line "thm-ilc-depth" [ "thm-ilc-recovery"; "identity-12-level-reduction" ]
          @"\frac{d \log P^*}{dL} = 0 \qquad (\text{token targets: } \log m)"
      |> a Kind.Prediction
      line "thm-token-depth" [ "thm-latent-exceeds-token-correlation" ] @"\frac{d \log P^*_{\text{token}}}{dL} = \log m"
      |> a Kind.Prediction
      line "thm-illegal-fraction" [ "thm-context-separation"; "ann-i-no-signal-at-f1" ] @"\frac{d \log P^*/(v m^3)}{d \log 1/(1-f)} = 1"
      |> a Kind.Prediction
      line "fig3-ilc-thresholds" [ "thm-ilc-recovery" ] @"\tfrac12 \le P^*/P^*_{\text{published}} \le 2"
      line "spectral-recovery" [ "spectral-threshold"; "identity-12-level-reduction" ]
          @"P = 2\, v m^2 \;\Rightarrow\; \text{accuracy of level } L{-}1 \ge 0.99"
      line "spectral-exponent" [ "spectral-threshold" ] @"\frac{d \log P^*}{d \log m} = 2"
      line "spectral-threshold" [ "ann-f-siblings"; "identity-09-whole-cousin" ]
          @"1 \le \frac{P^*}{P_{\mathrm{KS}}} \le 3, \qquad P_{\mathrm{KS}} = \frac{v m}{s(s-1)\, \tau^2} \approx \frac{v m^2}{s(s-1)(1-f)}"
      line "spectral-depth" [ "spectral-threshold"; "identity-12-level-reduction" ] @"\frac{d \log P^*}{dL} = 0"
      line "spectral-beats-ilc" [ "spectral-threshold"; "thm-ilc-recovery" ] @"\frac{P^*_{\mathrm{ILC}}}{P^*_{\mathrm{spectral}}} > 1"
      line "spectral-advantage-grows" [ "spectral-exponent"; "thm-ilc-exponent" ]
          @"\frac{d}{d \log m} \log \frac{P^*_{\mathrm{ILC}}}{P^*_{\mathrm{spectral}}} > 0"
      line "spectral-unknown-v" [ "spectral-threshold" ] @"\#\{\text{latents found}\} = v \text{ at levels } 1..L{-}1"
      line "slc-recovery" [ "thm-ilc-recovery" ] @"P = 4\, v m^3 \;\Rightarrow\; \text{accuracy of levels } 1..L{-}1 \ge 0.98"
      line "slc-cousins-needed" [ "slc-recovery"; "def-sampled-correlations" ] @"\text{cousins of other strings} \;\Rightarrow\; \text{accuracy of levels } 1..L{-}1 < \tfrac12"
      line "slc-order" [ "slc-recovery" ] @"t_{1/2}(1) < t_{1/2}(2)"
      line "slc-end-to-end" [ "slc-recovery" ] @"\text{gradients end to end, clustering losses local} \;\Rightarrow\; \text{accuracy of levels } 1..L{-}1 \ge 0.98"
      line "slc-exponent" [ "slc-recovery"; "thm-ilc-exponent"; "thm-token-exponent" ] @"P^* \propto m^{3 \pm 0.1}, \text{ not } m^{L+1}"
      line "slc-depth" [ "slc-recovery"; "thm-ilc-depth"; "thm-token-depth" ] @"\frac{d \log P^*}{dL} = 0, \text{ not } \log m"
      line "slc-collapse" [ "slc-recovery" ] @"\text{no EMA, attached targets} \;\Rightarrow\; \text{accuracy of level } L{-}1 < \tfrac34"
      line "transformer-learns-level-2" [ "thm-context-separation" ]
          @"\text{accuracy}_{\ell=2}(80\,000 \text{ strings}) - \text{accuracy}_{\ell=2}(0) \ge 0.1"
      |> a Kind.Experiment
      line "convolution-label-samples" [ "thm-label-exponent"; "ann-e-root-separation" ]
          @"P = 4\, n_c m^L \;\Rightarrow\; \text{accuracy of the root} \ge 0.9"
      |> a Kind.Experiment ]

/// Everything that a citation, the appendix and the report need beside the claim itself.
type Entry =
    {
        Claim: Claim
        Kind: Kind
        Chapter: Chapter
        /// Identifiers of the claims that this one uses.
        RestsOn: IReadOnlyList<string>
        /// The formula in LaTeX, without dollar signs; null where only the plain text of the claim exists.
        Latex: string | null
        /// The F# value that measures it, as MODULE.VALUE.
        Property: string
        /// Its file, from the root of the repository.
        File: string
        /// First line of the value in that file.
        Line: int
        /// Its text.
        Source: string
    }

let private kindOf (claim: Claim) =
    match claim.Id.Split('-')[0] with
    | "def" -> Kind.Definition
    | "identity" -> Kind.Identity
    | "prop"
    | "lemma"
    | "ann" -> Kind.Lemma
    | "thm" -> Kind.Theorem
    | "fig"
    | "fig3"
    | "fig8"
    | "fig9"
    | "fig10"
    | "fig11"
    | "fig12"
    | "exp" -> Kind.Experiment
    | _ -> Kind.Prediction

let private chapterOf (claim: Claim) =
    let contains (chapter: Chapter) = List.contains claim.Section chapter.Sections
    List.tryFind contains chapters |> Option.defaultValue (List.last chapters)

/// The lines of a file of the ledger.
let sourceOf (file: string) =
    use stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"source/{file}") |> nonNull
    use reader = new StreamReader(stream)
    reader.ReadToEnd().Split('\n')

/// Static values of type Claim, and the lists called all, by the identifiers of their claims.
let private values =
    lazy
        let found = Dictionary<string, string * string>()

        let properties (shape: System.Type) =
            [ for home in Assembly.GetExecutingAssembly().GetTypes() do
                  // A file's values are initialised on first use; modules of the ledger end in Claims.
                  if home.Namespace = "Rhm.Claims" && home.Name.EndsWith "Claims" then
                      for property in home.GetProperties(BindingFlags.Static ||| BindingFlags.Public ||| BindingFlags.NonPublic) do
                          if property.PropertyType = shape then home.Name, property ]

        for home, property in properties typeof<Claim> do
            match property.GetValue null with
            | :? Claim as claim -> found.TryAdd(claim.Id, (home, property.Name)) |> ignore
            | _ -> ()

        for home, property in properties typeof<Claim list> do
            match property.GetValue null with
            | :? (Claim list) as claims -> for claim in claims do found.TryAdd(claim.Id, (home, property.Name)) |> ignore
            | _ -> ()

        found

/// The value's text: its comment, its first line and everything up to the next value.
let private excerpt (lines: string[]) name =
    let start = lines |> Array.findIndex (fun line -> line.StartsWith $"let {name} " || line.StartsWith $"let {name}:" || line.StartsWith $"let internal {name} " || line.StartsWith $"let private {name} ")
    let top (line: string) = line.Length > 0 && line[0] <> ' ' && line[0] <> '|' && line[0] <> ')'
    let mutable first = start
    while first > 0 && lines[first - 1].StartsWith "///" do first <- first - 1
    let mutable last = start + 1
    while last < lines.Length && not (top lines[last]) do last <- last + 1
    start + 1, String.concat "\n" lines[first .. last - 1] |> fun text -> text.TrimEnd()

let private entryOf (claim: Claim) =
    let line = table |> List.tryFind (fun line -> line.Id = claim.Id)

    let chapter =
        match line |> Option.bind (fun line -> line.Chapter) with
        | Some name -> chapters |> List.find (fun chapter -> chapter.Name = name)
        | None -> chapterOf claim

    let home, name =
        match values.Value[claim.Id] with
        // The fourteen identities are one list; what decides each is named in the table of their checks.
        | "IdentityClaims", "all" ->
            let number = int (claim.Id.Split('-')[1])
            let check = sourceOf "Identities.fs" |> Array.find (fun line -> line.Trim().StartsWith $"| {number} -> ")
            "Identities", check.Split("-> ")[1]
        | found -> found

    let number, text = excerpt (sourceOf $"{home}.fs") name

    { Claim = claim
      Kind = line |> Option.bind (fun line -> line.Kind) |> Option.defaultWith (fun () -> kindOf claim)
      Chapter = chapter
      RestsOn =
        match line with
        | Some line -> line.RestsOn
        | None -> chapter.Premises |> List.filter ((<>) claim.Id)
      Latex = line |> Option.map (fun line -> line.Latex) |> Option.toObj
      Property = $"{home}.{name}"
      File = $"src/Rhm.Claims/{home}.fs"
      Line = number
      Source = text }

/// One entry for every claim, in the order of the ledger.
let entries: IReadOnlyList<Entry> = [ for claim in Ledger.claims -> entryOf claim ]

/// The identifiers in the table, for the check that each is a claim.
let tableIds = table |> List.map (fun line -> line.Id)
