// node build.mjs FOLDER: bundles src/ into FOLDER: classic scripts (a page opened from disk may not load modules), one style sheet
// with its fonts inside, and the licences of every package of which a bundle has a part.
import { build } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

const outdir = process.argv[2];
if (!outdir) throw new Error("node build.mjs FOLDER: the folder for the bundles is missing");

const target = ["chrome110", "firefox115", "safari16"];
const shared = { bundle: true, minify: true, metafile: true, outdir, target, legalComments: "none", logLevel: "warning" };

// Of each font KaTeX names woff2, woff and ttf: every browser above reads the first.
const onlyWoff2 = {
    name: "only-woff2",
    setup(b) {
        b.onLoad({ filter: /katex\.css$/ }, async args => ({
            contents: (await readFile(args.path, "utf8")).replace(/,\s*url\([^)]*\.(woff|ttf)\)\s*format\("[a-z]+"\)/g, ""),
            loader: "css",
        }));
    },
};

const scripts = ["graph", "formulas", "explorer", "mechanism", "calculator", "ledger"];
const bundles = [
    await build({ ...shared, entryPoints: scripts.map(name => `src/${name}.js`), format: "iife" }),
    await build({ ...shared, entryPoints: ["src/rhm.css"], loader: { ".woff2": "dataurl" }, plugins: [onlyWoff2] }),
];

const inputs = bundles.flatMap(bundle => Object.keys(bundle.metafile.inputs));
const packageOf = input => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
// What a package holds of others in a bundle of its own.
const within = { "@dagrejs/dagre": ["@dagrejs/graphlib"] };
const packages = [...new Set(inputs.map(packageOf).filter(name => name).flatMap(name => [name, ...(within[name] ?? [])]))].sort();

// Record 13 of a font's table of names is its licence, in UTF-16. The woff2 beside it is compressed, the TrueType font is not.
async function fontLicence(woff2) {
    const font = await readFile(woff2.replace(/\.woff2$/, ".ttf"));
    const places = (count, first, step) => Array.from({ length: count }, (_, i) => first + step * i);
    const table = places(font.readUInt16BE(4), 12, 16).find(at => font.toString("latin1", at, at + 4) === "name");
    const names = font.readUInt32BE(table + 8);
    const record = places(font.readUInt16BE(names + 2), names + 6, 12).find(at => font.readUInt16BE(at + 6) === 13);
    const start = names + font.readUInt16BE(names + 4) + font.readUInt16BE(record + 10);
    return Buffer.from(font.subarray(start, start + font.readUInt16BE(record + 8))).swap16().toString("utf16le").replaceAll("\r\n", "\n");
}

const notices = [];
for (const name of packages) {
    const { version } = JSON.parse(await readFile(`node_modules/${name}/package.json`, "utf8"));
    notices.push(`${name} ${version}\n\n${await readFile(`node_modules/${name}/LICENSE`, "utf8")}`);
}
for (const font of inputs.filter(input => input.endsWith(".woff2")).sort())
    notices.push(`${path.basename(font, ".woff2")}, a font of ${packageOf(font)}\n\n${await fontLicence(font)}`);
// Written last: whoever finds this file finds the bundles whole.
const text = `The pages that rhm report writes contain:\n\n${notices.join("\n\n----\n\n")}\n`;
await writeFile(path.join(outdir, "THIRD-PARTY-NOTICES.txt"), text);
