// The Random Hierarchy Model with two children a node, and the learner that clusters tuples by their context, small enough to run while
// somebody moves a slider. A grammar is { depth, vocabulary, multiplicity, rules }, rules[level][parent][k] being a tuple of that level.

// Mulberry32: good enough to sample strings for a picture, and the same on every machine.
export function random(seed) {
    return () => {
        seed = (seed + 0x6d2b79f5) | 0;
        let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

export const targets = ["own", "latent", "token", "label"];

// Counts of what goes with each of the v m tuples of a level, at the leftmost place, in P strings for each P of an ascending list:
// result[i][target][tuple][symbol]. Targets: the cousin tuple's own latent, its first element, the first token below that, the root.
export function countContexts(grammar, level, sizes, seed = 12345) {
    const { depth, vocabulary, multiplicity, rules } = grammar;
    const draw = random(seed);
    const pick = n => Math.floor(n * draw());
    const blank = () => Array.from({ length: vocabulary * multiplicity }, () => new Array(vocabulary).fill(0));
    const counts = Object.fromEntries(targets.map(target => [target, blank()]));
    const snapshots = [];
    let strings = 0;
    for (const size of sizes) {
        for (; strings < size; strings++) {
            const root = pick(vocabulary);
            // Down the left edge to the grandparent, of level + 2.
            let node = root;
            for (let l = depth - 1; l >= level + 2; l--) node = rules[l][node][pick(multiplicity)][0];
            const [parent, own] = rules[level + 1][node][pick(multiplicity)];
            const tuple = parent * multiplicity + pick(multiplicity);
            const latent = rules[level][own][pick(multiplicity)][0];
            let token = latent;
            for (let l = level - 1; l >= 0; l--) token = rules[l][token][pick(multiplicity)][0];
            counts.own[tuple][own]++;
            counts.latent[tuple][latent]++;
            counts.token[tuple][token]++;
            counts.label[tuple][root]++;
        }
        snapshots.push(Object.fromEntries(targets.map(target => [target, counts[target].map(row => row.slice())])));
    }
    return snapshots;
}

// Rows of counts as laws; null for a tuple that was not seen.
export const laws = counts => counts.map(row => {
    const seen = row.reduce((a, b) => a + b, 0);
    return seen === 0 ? null : row.map(n => n / seen);
});

const squaredDistance = (a, b) => a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0);

// k-means with weights and k-means++ starts, the best of several; labels of the points.
export function kMeans(points, weights, clusters, starts = 20, seed = 1) {
    const draw = random(seed);
    const weighted = (items, total) => {
        let left = draw() * total;
        for (let i = 0; i < items.length; i++) if ((left -= items[i]) < 0) return i;
        return items.length - 1;
    };
    let best = { error: Infinity, labels: points.map(() => 0) };
    for (let start = 0; start < starts; start++) {
        const centres = [];
        while (centres.length < clusters) {
            const nearest = p => centres.length === 0 ? 1 : Math.min(...centres.map(c => squaredDistance(p, c)));
            const far = points.map((p, i) => weights[i] * nearest(p));
            centres.push(points[weighted(far, far.reduce((a, b) => a + b, 0))]);
        }
        let labels = [], error = Infinity;
        for (let round = 0; round < 50; round++) {
            const distances = points.map(p => centres.map(c => squaredDistance(p, c)));
            labels = distances.map(row => row.indexOf(Math.min(...row)));
            const now = distances.reduce((sum, row, i) => sum + weights[i] * row[labels[i]], 0);
            if (!(now < error)) break;
            error = now;
            for (let c = 0; c < clusters; c++) {
                const mine = points.map((_, i) => i).filter(i => labels[i] === c);
                const mass = mine.reduce((sum, i) => sum + weights[i], 0);
                if (mass > 0) centres[c] = points[0].map((_, d) => mine.reduce((sum, i) => sum + weights[i] * points[i][d], 0) / mass);
            }
        }
        if (error < best.error) best = { error, labels };
    }
    return best.labels;
}

// Share of right labels under the best one-to-one matching of clusters to classes, over all subsets of classes: exact.
export function matchedAccuracy(labels, truth, classes) {
    const agree = Array.from({ length: classes }, () => new Array(classes).fill(0));
    labels.forEach((label, i) => agree[label][truth[i]]++);
    const best = new Array(1 << classes).fill(-1);
    best[0] = 0;
    for (let set = 0; set < best.length; set++) {
        if (best[set] < 0) continue;
        let cluster = 0;
        for (let bits = set; bits > 0; bits &= bits - 1) cluster++;
        for (let c = 0; c < classes && cluster < classes; c++) {
            if (!(set & (1 << c))) best[set | (1 << c)] = Math.max(best[set | (1 << c)], best[set] + agree[cluster][c]);
        }
    }
    return best[best.length - 1] / labels.length;
}

// Accuracy with which clustering the counted contexts finds the parents of all tuples; one that was not seen counts as wrong.
export function learn(counts, grammar) {
    const { vocabulary, multiplicity } = grammar;
    const seen = laws(counts).map((law, tuple) => ({ law, tuple })).filter(entry => entry.law);
    if (seen.length < vocabulary) return 0;
    const weights = seen.map(({ tuple }) => counts[tuple].reduce((a, b) => a + b, 0));
    const labels = kMeans(seen.map(entry => entry.law), weights, vocabulary);
    const right = matchedAccuracy(labels, seen.map(({ tuple }) => Math.floor(tuple / multiplicity)), vocabulary);
    return right * seen.length / (vocabulary * multiplicity);
}

// Two axes along which vectors differ most, by power iteration on their covariance.
export function principalAxes(vectors) {
    const size = vectors[0].length, count = vectors.length;
    const mean = vectors[0].map((_, d) => vectors.reduce((sum, v) => sum + v[d], 0) / count);
    const centred = vectors.map(v => v.map((x, d) => x - mean[d]));
    const axes = [];
    for (let axis = 0; axis < 2; axis++) {
        let direction = Array.from({ length: size }, (_, d) => Math.sin(d + 1 + axis));
        for (let round = 0; round < 200; round++) {
            const shares = centred.map(v => v.reduce((sum, x, d) => sum + x * direction[d], 0));
            let next = direction.map((_, d) => centred.reduce((sum, v, i) => sum + v[d] * shares[i], 0));
            for (const found of axes) {
                const along = next.reduce((sum, x, d) => sum + x * found[d], 0);
                next = next.map((x, d) => x - along * found[d]);
            }
            const length = Math.hypot(...next);
            if (length < 1e-12) break;
            direction = next.map(x => x / length);
        }
        axes.push(direction);
    }
    return { mean, axes };
}
