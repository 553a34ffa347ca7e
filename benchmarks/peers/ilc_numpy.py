"""Iterative latent clustering with NumPy and scikit-learn: strings are drawn once into memory, one process per core samples and counts.

usage: ilc_numpy.py GRAMMAR STRINGS RESTARTS CORES
"""
import itertools
import multiprocessing
import sys

import numpy as np
import sklearn
from sklearn.cluster import KMeans

from peer import Grammar, serve
from sampling_numpy import Sampler

CHUNK = 1 << 12

part = None


def sample(args):
    """Draws this process' share of the strings and keeps it."""
    global part
    path, seed, strings = args
    sampler = Sampler(Grammar(path), seed)
    part = np.concatenate([sampler.draw(min(CHUNK, strings - start)) for start in range(0, strings, CHUNK)])


def count(args):
    """Decodes the kept level by the last labels, then counts how often each pair of the tuples that occur has one grandparent."""
    global part
    labels, v, s = args
    codes, occurs, decoded = [], np.zeros(v**s, np.int64), []
    for start in range(0, len(part), CHUNK):
        symbols = part[start : start + CHUNK]
        if labels is not None:
            symbols = np.take(labels, code(symbols, v, s))
            decoded.append(symbols)
        codes.append(code(symbols, v, s).ravel())
        occurs += np.bincount(codes[-1], minlength=v**s)
    if decoded:
        part = np.concatenate(decoded)
    seen = np.flatnonzero(occurs)
    n = len(seen)
    number = np.zeros(v**s, np.int32)
    number[seen] = np.arange(n)
    total = np.zeros((s * (s - 1) // 2, n * n), np.int64)
    for chunk in codes:
        tuples = np.take(number, chunk).reshape(-1, s)
        pair = 0
        for i in range(s):
            for j in range(i + 1, s):
                total[pair] += np.bincount(tuples[:, i] * np.int32(n) + tuples[:, j], minlength=n * n)
                pair += 1
    return seen, total.reshape(-1, n, n)


def code(symbols, v, s):
    """Base-v code of every s-tuple."""
    tuples = symbols.reshape(len(symbols), -1, s)
    result = tuples[:, :, 0].astype(np.uint16)
    for i in range(1, s):
        result = result * np.uint16(v) + tuples[:, :, i]
    return result


def dense(symbols_of, pairs, v, s):
    """Context vectors of the observed tuples: for every ordered pair of child positions, means of the s one-hot cousin elements."""
    slots = []
    onehot = np.concatenate([np.eye(v)[symbols_of[:, k]] for k in range(s)], axis=1)
    for i in range(s):
        for j in range(s):
            if i == j:
                continue
            table = pairs[min(i, j), max(i, j)]
            met = (table if i < j else table.T) @ onehot
            total = met.sum(axis=1, keepdims=True) / s
            mean = (met / np.maximum(total, 1))[total[:, 0] > 0].mean(axis=0)
            slots.append(np.where(total > 0, met / np.maximum(total, 1), mean))
    return np.concatenate(slots, axis=1)


def main():
    path, strings, restarts, cores = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    grammar = Grammar(path)
    v, s, depth = grammar.vocabulary, grammar.branching, grammar.depth
    codes = v**s
    digits = np.stack([np.arange(codes) // v ** (s - 1 - k) % v for k in range(s)], axis=1)
    # Every process has a pool of its own, so that each keeps its share of the strings from one level to the next.
    pools = [multiprocessing.Pool(1) for _ in range(cores)]
    seed = 0

    def everywhere(function, arguments):
        waiting = [pool.apply_async(function, (argument,)) for pool, argument in zip(pools, arguments)]
        return [result.get() for result in waiting]

    def work():
        nonlocal seed
        seed += 1
        everywhere(sample, [(path, (seed, i), strings * (i + 1) // cores - strings * i // cores) for i in range(cores)])
        learned, labels = [], None
        for level in range(depth - 1):
            parts = everywhere(count, [(labels, v, s)] * cores)
            seen = np.unique(np.concatenate([codes_seen for codes_seen, _ in parts]))
            total = np.zeros((s * (s - 1) // 2, len(seen), len(seen)))
            for codes_seen, counted in parts:
                at = np.searchsorted(seen, codes_seen)
                total[np.ix_(range(len(total)), at, at)] += counted
            pairs = dict(zip(itertools.combinations(range(s), 2), total))
            vectors = dense(digits[seen], pairs, v, s)
            found = KMeans(v, n_init=restarts, random_state=seed).fit(vectors)
            labels = np.zeros(codes, np.uint8)
            labels[seen] = found.labels_
            learned.append({"codes": seen.tolist(), "labels": found.labels_.tolist()})
        return {"strings": strings, "levels": learned}

    serve(work, numpy=np.__version__, sklearn=sklearn.__version__)


if __name__ == "__main__":
    main()
