"""Strings of a grammar with NumPy: uint8 tables, one np.take a level, pieces that stay in the caches, one process per core.

usage: sampling_numpy.py GRAMMAR STRINGS CORES [--write]
"""
import multiprocessing
import sys
from multiprocessing import shared_memory

import numpy as np

from peer import Grammar, serve

CHUNK_TOKENS = 1 << 19


class Sampler:
    def __init__(self, grammar, seed):
        self.grammar = grammar
        self.random = np.random.Generator(np.random.SFC64(seed))
        # All rules of a level one after the other, so that symbol * m + choice finds the tuple. A tuple of 2 or 4 bytes is taken as one
        # number.
        whole = {2: np.uint16, 4: np.uint32}.get(grammar.branching)
        self.tables = [np.ascontiguousarray(level.reshape(-1, grammar.branching)) for level in grammar.rules]
        if whole:
            self.tables = [table.view(whole).ravel() for table in self.tables]

    def choices(self, count):
        m = self.grammar.multiplicity
        if m & (m - 1) == 0 and m <= 256:
            words = self.random.integers(0, 2**64, (count + 7) // 8, dtype=np.uint64)
            return words.view(np.uint8)[:count] & np.uint8(m - 1)
        return self.random.integers(0, m, count, dtype=np.uint8)

    def draw(self, strings):
        g = self.grammar
        symbols = self.random.integers(0, g.classes, strings, dtype=np.uint8)
        wide = np.uint8 if g.vocabulary * g.multiplicity <= 256 else np.uint16
        for level in range(g.depth - 1, -1, -1):
            index = symbols.astype(wide, copy=False) * wide(g.multiplicity) + self.choices(symbols.size)
            symbols = np.take(self.tables[level], index, axis=0).view(np.uint8).ravel()
        return symbols.reshape(strings, g.tokens)


def run(args):
    path, seed, first, last, name = args
    grammar = Grammar(path)
    sampler = Sampler(grammar, seed)
    memory = shared_memory.SharedMemory(name=name) if name else None
    out = np.ndarray((last, grammar.tokens), np.uint8, memory.buf) if memory else None
    chunk = max(1, CHUNK_TOKENS // grammar.tokens)
    done = 0
    for start in range(first, last, chunk):
        strings = sampler.draw(min(chunk, last - start))
        done += strings.size
        if out is not None:
            out[start : start + len(strings)] = strings
    sample = strings[:200].tolist()
    del out
    if memory:
        memory.close()
    return done, sample


def main():
    path, strings, cores, write = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), "--write" in sys.argv
    grammar = Grammar(path)
    memory = shared_memory.SharedMemory(create=True, size=strings * grammar.tokens) if write else None
    try:
        with multiprocessing.Pool(cores) as pool:
            seed = 0

            def work():
                nonlocal seed
                seed += 1
                edges = [strings * i // cores for i in range(cores + 1)]
                work = [(path, (seed, i), edges[i], edges[i + 1], memory and memory.name) for i in range(cores)]
                parts = pool.map(run, work, chunksize=1)
                return {"tokens": sum(done for done, _ in parts), "sample": parts[0][1]}

            serve(work, numpy=np.__version__)
    finally:
        if memory:
            memory.close()
            memory.unlink()


if __name__ == "__main__":
    main()
