// Predicted numbers of strings at the parameters of the sliders, as bars, with what was measured there. The address has the parameters.
import { annealed } from "./laws.js";

const measured = JSON.parse(document.getElementById("measured-data").textContent);
const get = id => document.getElementById(id);
const names = ["L", "s", "v", "m"];
const rowsOf = [
    { key: "token", name: "tokens", learners: ["token"], leading: (L, v, m) => v * m ** (L + 1) },
    { key: "label", name: "labels", learners: ["label"], leading: (L, v, m) => v * m ** L },
    { key: "latent", name: "latents of the level below (ILC)", learners: ["latent", "ilc"], leading: (L, v, m) => v * m ** 3 },
    { key: "own", name: "own latents", learners: ["own-latents"], leading: (L, v, m) => v * m ** 2 },
    { key: "kestenStigum", name: "spectral (Kesten-Stigum threshold)", learners: ["spectral"], leading: (L, v, m) => v * m ** 2 },
];

const svgElement = (name, attributes = {}, ...children) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
};
const text = value => document.createTextNode(value);
const round = value => !Number.isFinite(value) ? "cannot be learned"
    : Number(value.toPrecision(value >= 1e4 ? 2 : 3)).toLocaleString("en");

function draw() {
    const [L, s, v, chosen] = names.map(name => Number(get(name).value));
    const most = Math.min(v ** (s - 1), 64);
    get("m").max = most;
    const m = Math.min(chosen, most);
    for (const name of names) get(`${name}-value`).textContent = name === "m" ? m : get(name).value;
    history.replaceState(null, "", `#L=${L}&s=${s}&v=${v}&m=${m}`);
    const law = annealed(L, s, v, m);
    const warnings = [];
    if (law.f === 1) warnings.push("every tuple is legal (f = 1): only labels inform");
    else if (law.f > 0.5) warnings.push("more than half of all tuples are legal: the factor 1/(1-f) counts");
    if (m === 1) warnings.push("one way to write a symbol: tuples are latents already");
    if (m === 2) warnings.push("at m = 2 two symbols often share their context (the grammar is not separated)");
    get("facts").textContent = `f = ${law.f.toPrecision(3)} of all tuples are legal; coverage, in which every tuple occurs, takes `
        + `${round(law.coverage)} strings: from fewer not all can be learned, though half of them can.`
        + warnings.map(w => ` Note: ${w}.`).join("");
    get("command").textContent = `rhm theory -L ${L} -s ${s} -v ${v} -m ${m}`;

    const rows = rowsOf.map(row => {
        const predicted = Math.max(law.coverage, law[row.key]);
        const isHere = ([learner, ...shape]) => row.learners.includes(learner) && [L, s, v, m].every((x, i) => x === shape[i]);
        const points = measured.filter(isHere).map(point => point.slice(5));
        const levels = row.key === "kestenStigum" ? null : law.levels.map(level => level[row.key === "label" ? "root" : row.key]);
        const hardest = levels && 1 + levels.indexOf(Math.max(...levels));
        return { ...row, predicted, points, hardest, leadingOrder: row.leading(L, v, m) };
    });
    drawBars(rows, law.coverage);
    get("rows").replaceChildren(...rows.map(row => {
        const tr = document.createElement("tr");
        const values = [row.name, round(row.predicted), round(row.leadingOrder), row.hardest ?? "the same for all",
            row.points.map(([p, low, high]) => `${round(p)} [${round(low)}, ${round(high)}]`).join("; ") || "not measured here"];
        values.forEach((value, i) => {
            const td = document.createElement("td");
            td.textContent = value;
            if (i === 1 || i === 2) td.className = "number";
            tr.append(td);
        });
        return tr;
    }));
}

function drawBars(rows, coverage) {
    // On a narrow screen names stand above their bars: the picture is drawn at its size, and its letters with it.
    const room = get("bars").clientWidth, isNarrow = room < 560;
    const width = isNarrow ? room : 720, left = isNarrow ? 4 : 250, right = 30, step = isNarrow ? 58 : 44, below = isNarrow ? 18 : 0;
    const height = step * rows.length + 50;
    const finite = rows.flatMap(row => [row.predicted, ...row.points.flat()]).filter(Number.isFinite);
    const least = Math.floor(Math.log10(coverage)) - 0.2, most = Math.max(least + 2, Math.ceil(Math.log10(Math.max(...finite))));
    const x = value => left + (width - left - right) * (Math.log10(value) - least) / (most - least);
    const svg = svgElement("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: "plot bars",
        "aria-label": "Predicted number of strings by what is predicted, on a logarithmic scale; the table below has the numbers" });
    for (let power = Math.ceil(least); power <= most; power++) {
        svg.append(svgElement("line", { x1: x(10 ** power), x2: x(10 ** power), y1: 8, y2: height - 34, class: "axis" }),
            svgElement("text", { x: x(10 ** power), y: height - 14, "text-anchor": "middle" }, text(`10`),
                svgElement("tspan", { dy: -6, "font-size": 10 }, text(power))));
    }
    rows.forEach((row, i) => {
        const top = 14 + step * i, y = top + below;
        const [name, more] = row.name.split(" (");
        const place = isNarrow ? { x: left } : { x: left - 12, "text-anchor": "end" };
        const label = (at, words) => svg.append(svgElement("text", { ...place, y: at }, text(words)));
        if (isNarrow) label(top + 14, row.name);
        else label(y + (more ? 12 : 20), name);
        if (more && !isNarrow) label(y + 28, `(${more}`);
        if (Number.isFinite(row.predicted)) {
            const length = Math.max(2, x(row.predicted) - left);
            svg.append(svgElement("rect", { x: left, y: y + 3, width: length, height: 24, class: `bar ${row.key}` }));
        } else svg.append(svgElement("text", { x: left + 8, y: y + 20 }, text("cannot be learned")));
        for (const [p, low, high] of row.points) svg.append(
            svgElement("line", { x1: x(low), x2: x(high), y1: y + 15, y2: y + 15, class: "interval" }),
            svgElement("circle", { cx: x(p), cy: y + 15, r: 6, class: "point" }));
    });
    svg.append(svgElement("line", { x1: x(coverage), x2: x(coverage), y1: 8, y2: height - 34, class: "predicted" }));
    get("bars").replaceChildren(svg);
}

for (const [, name, value] of location.hash.matchAll(/[#&]([Lsvm])=(\d+)/g)) {
    if (name === "m") get("m").max = 64;
    get(name).value = value;
}
for (const name of names) get(name).addEventListener("input", draw);
addEventListener("resize", draw);
draw();
