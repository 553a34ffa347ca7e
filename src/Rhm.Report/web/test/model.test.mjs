// The learner and the formulas of the pages against values by hand and against the tool: RHM_TOOL is Rhm.Cli.dll.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { annealed } from "../src/laws.js";
import { countContexts, kMeans, learn, matchedAccuracy, principalAxes } from "../src/model.js";

test("matched accuracy: the best one-to-one matching, not the best class of each cluster", () => {
    assert.equal(matchedAccuracy([0, 0, 1, 1], [1, 1, 0, 0], 2), 1);
    assert.equal(matchedAccuracy([0, 1, 2, 2], [0, 0, 1, 1], 3), 3 / 4);
    assert.equal(matchedAccuracy([0, 0, 0, 1, 1, 2], [0, 0, 1, 0, 0, 2], 3), 4 / 6);
});

test("k-means: groups apart are found, a light point does not draw a centre", () => {
    const labels = kMeans([[0, 0], [0, 1], [9, 9], [9, 8]], [1, 1, 1, 1], 2);
    assert.equal(labels[0], labels[1]);
    assert.equal(labels[2], labels[3]);
    assert.notEqual(labels[0], labels[2]);
    const heavy = kMeans([[0], [1], [3]], [100, 100, 1], 2);
    assert.notEqual(heavy[0], heavy[1]);
});

// Depth 3, two symbols, one rule each: own latent, element and token of the cousin follow from the root.
const fixed = {
    depth: 3, vocabulary: 2, multiplicity: 1,
    rules: [[[[0, 1]], [[1, 0]]], [[[1, 0]], [[0, 0]]], [[[0, 1]], [[1, 1]]]],
};

test("counts: each target is what it says", () => {
    const [counts] = countContexts(fixed, 1, [1000]);
    const roots = counts.label.map((row, tuple) => row.reduce((a, b) => a + b, 0) > 0 ? tuple : null).filter(tuple => tuple !== null);
    // Root 0 writes (0, 1): the tuple of 0, cousin 1, whose first element is 0, whose first token is 0. Root 1 writes (1, 1).
    assert.deepEqual(roots, [0, 1]);
    assert.ok(counts.label[0][1] === 0 && counts.label[1][0] === 0);
    for (const tuple of [0, 1]) {
        assert.equal(counts.own[tuple][0], 0);
        assert.equal(counts.latent[tuple][1], 0);
        assert.equal(counts.token[tuple][1], 0);
    }
    assert.equal(counts.own.flat().reduce((a, b) => a + b), 1000);
});

test("axes: along the largest differences, orthogonal", () => {
    const { mean, axes: [first, second] } = principalAxes([[3, 0, 1], [-3, 0, 1], [0, 1, 1], [0, -1, 1]]);
    assert.deepEqual(mean, [0, 0, 1]);
    assert.ok(Math.abs(Math.abs(first[0]) - 1) < 1e-9 && Math.abs(Math.abs(second[1]) - 1) < 1e-9);
});

test("learning: all from many strings, little from few", () => {
    const [few, many] = countContexts(fixed, 1, [1, 1000]);
    assert.equal(learn(many.label, fixed), 1);
    assert.equal(learn(few.label, fixed), 0);
});

test("the formulas of the calculator are those of rhm theory", { skip: !process.env.RHM_TOOL && "RHM_TOOL is not set" }, () => {
    const folder = mkdtempSync(path.join(tmpdir(), "rhm-"));
    const near = (mine, tool, name) => {
        if (tool === null || tool === "Infinity") assert.equal(mine, Infinity, name);
        else assert.ok(Math.abs(mine / tool - 1) < 1e-9 || mine === tool, `${name}: ${mine} / ${tool}`);
    };
    try {
        for (const [L, s, v, m] of [[3, 2, 8, 2], [4, 3, 8, 16], [5, 3, 12, 4], [3, 4, 5, 7], [2, 2, 16, 5], [4, 2, 8, 8]]) {
            const file = path.join(folder, "theory.json");
            const shape = ["-L", L, "-s", s, "-v", v, "-m", m].map(String);
            execFileSync("dotnet", [process.env.RHM_TOOL, "theory", ...shape, "--json", file, "--out", path.join(folder, "out")]);
            const tool = JSON.parse(readFileSync(file, "utf8")), mine = annealed(L, s, v, m);
            near(mine.kappa, tool.kappa, "kappa");
            near(mine.coverage, tool.coverage, "coverage");
            tool.rows.slice(0, L - 1).forEach((row, level) => {
                for (const [target, theirs] of [["latent", "latent"], ["token", "token"], ["own", "ownLatent"], ["root", "root"]])
                    near(Math.max(mine.coverage, mine.levels[level][target]), row.samples[theirs], `${shape} level ${level} ${target}`);
            });
        }
    } finally {
        rmSync(folder, { recursive: true });
    }
});
