// Averages over random grammars as functions of (L, s, v, m) alone: formulas A to H of docs/formulas.md, as Rhm.Population.AnnealedLaws has
// them. Levels are those of a tuple's elements.

export function annealed(L, s, v, m) {
    const f = m / v ** (s - 1);
    const kappa = 1 / m * (1 - 1 / v) / (1 - v ** -s);
    const priorVariation = level => {
        let sum = 0;
        for (let i = 1; i <= L - level; i++) sum += kappa ** i;
        return (1 - f) * sum;
    };
    const moments = value => expectedOverRules(s, v, m, value);
    const e1 = moments(n => 1 / n), e2 = moments(n => 1 / (n * n));
    const inversePrior = below => {
        let inverse = 1;
        for (let step = 0; step < below; step++) {
            const above = inverse;
            inverse = moments(n => m * above / (n * above - above + 1));
        }
        return inverse;
    };
    // k: levels by which the target lies below the tuple's level.
    const separation = (level, k) => {
        if (f === 1) return 0;
        const nu = e1 + priorVariation(level + 2) * (e1 - e2), same = v ** (1 - s);
        return 2 * (1 - 1 / v) / (1 - same) * (nu - same) * kappa ** (k + 1);
    };
    const rootSeparation = level => {
        const above = L - 1 - level;
        return above === 0 ? 2
            : 2 * e1 * (1 - 1 / v) / (1 - 1 / (v * m)) * kappa ** (above - 1) * inversePrior(above) / inversePrior(1);
    };
    const samples = delta => delta > 0 ? v * m * Math.max(0, (1 - 1 / v) / delta - 0.5) : Infinity;
    const all = v ** -s;
    const siblings = (1 - 1 / v) ** 2 / (1 - all) * (1 / (v * m) - all);
    const tau2 = v * v * siblings / (v - 1);
    const levels = Array.from({ length: L - 1 }, (_, level) => level);
    const coverage = v * m * Math.log(v * m);
    const most = values => Math.max(coverage, ...values);
    return {
        f, kappa, coverage,
        levels: levels.map(level => ({
            latent: samples(separation(level, 0)), token: samples(separation(level, level)), own: samples(separation(level, -1)),
            root: samples(rootSeparation(level)),
        })),
        // To learn all latents below the root.
        latent: most(levels.map(level => samples(separation(level, 0)))),
        token: most(levels.map(level => samples(separation(level, level)))),
        own: most(levels.map(level => samples(separation(level, -1)))),
        label: most(levels.map(level => samples(rootSeparation(level)))),
        kestenStigum: f < 1 ? v * m / (s * (s - 1) * tau2) : Infinity,
    };
}

// An average over the number N of legal tuples, v m of v^s, with a given element at a given position: hypergeometric, given that N > 0
// and that another element occurs at that position too.
function expectedOverRules(s, v, m, value) {
    const population = v ** s, successes = v ** (s - 1), draws = v * m;
    const least = Math.max(1, draws + successes - population), most = Math.min(draws, successes);
    const mode = Math.min(Math.max(m, least), most);
    let mass = 0, sum = 0;
    const add = (n, p) => {
        p *= 1 - absence(draws - n, population - successes, successes);
        mass += p;
        sum += p * value(n);
    };
    add(mode, 1);
    for (let n = mode, p = 1; n < most && p > 1e-25; n++)
        add(n + 1, p *= (successes - n) * (draws - n) / ((n + 1) * (population - successes - draws + n + 1)));
    for (let n = mode, p = 1; n > least && p > 1e-25; n--)
        add(n - 1, p *= n * (population - successes - draws + n) / ((successes - n + 1) * (draws - n + 1)));
    return sum / mass;
}

// Probability that none of some draws without replacement is one of the given special members of a population.
function absence(draws, population, special) {
    if (draws + special > population) return 0;
    const [factors, share] = draws < special ? [draws, special] : [special, draws];
    if (factors > 4096) return Math.exp(factors * Math.log1p(-share / (population - factors / 2)));
    let log = 0;
    for (let i = 0; i < factors; i++) log += Math.log1p(-share / (population - i));
    return Math.exp(log);
}
