// Bundles src/ into dist/: three classic scripts (a page opened from disk may not load modules) and one style sheet with its fonts inside.
import { build } from "esbuild";
import { readFile, writeFile } from "node:fs/promises";

const shared = { bundle: true, minify: true, target: ["chrome110", "firefox115", "safari16"], legalComments: "none", logLevel: "warning" };
await build({ ...shared, entryPoints: ["src/graph.js", "src/formulas.js", "src/explorer.js"], outdir: "dist", format: "iife" });

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
await build({ ...shared, entryPoints: ["src/rhm.css"], outdir: "dist", loader: { ".woff2": "dataurl" }, plugins: [onlyWoff2] });

const parts = [];
for (const name of ["@dagrejs/dagre", "@dagrejs/graphlib", "katex"]) {
    const { version } = JSON.parse(await readFile(`node_modules/${name}/package.json`, "utf8"));
    parts.push(`${name} ${version}\n\n${await readFile(`node_modules/${name}/LICENSE`, "utf8")}`);
}
await writeFile("dist/LICENSES.txt", `This report contains:\n\n${parts.join("\n\n----\n\n")}`);
