"""Strings of a grammar with PyTorch: randint and an indexed table a level, all cores.

usage: sampling_torch.py GRAMMAR STRINGS CORES
"""
import sys

import torch

from peer import Grammar, serve

CHUNK_TOKENS = 1 << 22


def main():
    path, strings, cores = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(cores)
    grammar = Grammar(path)
    tables = [torch.from_numpy(level.reshape(-1, grammar.branching)) for level in grammar.rules]

    def draw(count):
        symbols = torch.randint(grammar.classes, (count,), dtype=torch.int32)
        for level in range(grammar.depth - 1, -1, -1):
            index = symbols.to(torch.int32).mul_(grammar.multiplicity)
            index += torch.randint(grammar.multiplicity, index.shape, dtype=torch.int32)
            symbols = torch.index_select(tables[level], 0, index).view(-1)
        return symbols.view(count, grammar.tokens)

    def work():
        done = 0
        chunk = max(1, CHUNK_TOKENS // grammar.tokens)
        for start in range(0, strings, chunk):
            drawn = draw(min(chunk, strings - start))
            done += drawn.numel()
        return {"tokens": done, "sample": drawn[:200].tolist()}

    serve(work, torch=torch.__version__)


if __name__ == "__main__":
    main()
