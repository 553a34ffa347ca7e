"""Strings for PyTorch: an iterable dataset, sharded over workers and ranks. Importing this module needs torch."""
from __future__ import annotations

from typing import Iterator, Sequence

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from . import _library as lib
from ._grammar import BLOCK, Grammar


class Strings(IterableDataset):
    """Batches of strings of a grammar, drawn as they are needed.

    Args:
        grammar: the grammar.
        batch_size: strings of a batch; use ``DataLoader(dataset, batch_size=None)``, which takes batches as they come.
        count: P; None for fresh strings without end. With a number, every epoch gives the same P strings, in an order of its own
            (``set_epoch``), each exactly once over all workers and ranks; the last batch of a shard may be smaller.
        seed: of the strings and of the order.
        levels: further levels 1..L to give; a batch is then a tuple (tokens, level, ..).
        purpose: "train" or "held-out".
        rank, world_size: of distributed training; from torch.distributed where it is initialised.
        dtype: of the tensors; torch.long is what an embedding takes.

    Worker processes must be started by spawn or forkserver if rhm was used before in the parent.
    """

    def __init__(self, grammar: Grammar, batch_size: int, *, count: int | None = None, seed: int = 1, levels: Sequence[int] = (),
        purpose: str = "train",
                 rank: int | None = None, world_size: int | None = None, dtype: torch.dtype = torch.long, threads: int | None = None):
        super().__init__()
        self.grammar, self.seed, self.purpose, self.dtype = grammar, seed, purpose, dtype
        self.batch_size = lib.whole(batch_size, "batch_size", 1, 2**31 - 1)
        self.count = None if count is None else lib.whole(count, "count", 1, 2**48)
        self.levels = [lib.whole(level, "level", 1, grammar.shape.depth) for level in levels]
        self.epoch = 0
        self.threads = threads
        ready = torch.distributed.is_available() and torch.distributed.is_initialized()
        self.world_size = world_size if world_size is not None else torch.distributed.get_world_size() if ready else 1
        self.rank = rank if rank is not None else torch.distributed.get_rank() if ready else 0
        if not 0 <= self.rank < self.world_size:
            raise ValueError(f"rank {self.rank} is outside 0..{self.world_size - 1}")

    def set_epoch(self, epoch: int) -> None:
        """Chooses the order of an epoch, as of ``DistributedSampler``."""
        self.epoch = lib.whole(epoch, "epoch", 0, 2**31 - 1)

    def __iter__(self) -> Iterator:
        worker = get_worker_info()
        workers, number = (1, 0) if worker is None else (worker.num_workers, worker.id)
        shards, shard = self.world_size * workers, self.rank * workers + number
        threads = self.threads if self.threads is not None else 1 if worker else None
        return self._fresh(shard, shards, threads) if self.count is None else self._fixed(shard, shards, threads)

    def _draw(self, first: int, count: int, threads: int | None) -> list[np.ndarray]:
        return self.grammar.sample(count, seed=self.seed, levels=[0, *self.levels], first=first, purpose=self.purpose, threads=threads)

    def _fresh(self, shard: int, shards: int, threads: int | None) -> Iterator:
        blocks = -(-self.batch_size // BLOCK) * max(1, (1 << 22) // (self.grammar.shape.tokens * BLOCK * -(-self.batch_size // BLOCK)))
        turn = self.epoch * (1 << 28) + shard
        left: list[np.ndarray] | None = None
        while True:
            drawn = self._draw(turn * blocks * BLOCK, blocks * BLOCK, threads)
            turn += shards
            if left is not None:
                drawn = [np.concatenate(parts) for parts in zip(left, drawn)]
            whole = len(drawn[0]) // self.batch_size * self.batch_size
            for start in range(0, whole, self.batch_size):
                yield self._batch([part[start:start + self.batch_size] for part in drawn])
            left = [part[whole:] for part in drawn] if whole < len(drawn[0]) else None

    def _fixed(self, shard: int, shards: int, threads: int | None) -> Iterator:
        # Blocks in an order of the epoch, dealt to the shards; strings of a few blocks are mixed together.
        blocks = -(-self.count // BLOCK)
        order = np.random.default_rng([self.seed & 0xFFFFFFFF, self.seed >> 32, self.epoch]).permutation(blocks)[shard::shards]
        random = np.random.default_rng([self.seed & 0xFFFFFFFF, self.seed >> 32, self.epoch, shard, shards])
        together = max(1, -(-8 * self.batch_size // BLOCK))
        left: list[np.ndarray] | None = None
        for start in range(0, len(order), together):
            parts = [self._draw(int(b) * BLOCK, min(BLOCK, self.count - int(b) * BLOCK), threads) for b in order[start:start + together]]
            drawn = [np.concatenate(own) for own in zip(*parts)]
            mixed = random.permutation(len(drawn[0]))
            drawn = [own[mixed] for own in drawn]
            if left is not None:
                drawn = [np.concatenate(own) for own in zip(left, drawn)]
            whole = len(drawn[0]) // self.batch_size * self.batch_size
            for at in range(0, whole, self.batch_size):
                yield self._batch([own[at:at + self.batch_size] for own in drawn])
            left = [own[whole:] for own in drawn] if whole < len(drawn[0]) else None
        if left is not None:
            yield self._batch(left)

    def _batch(self, parts: list[np.ndarray]):
        tensors = [torch.from_numpy(part if part.dtype == np.uint8 else part.astype(np.int32)).to(self.dtype) for part in parts]
        return tuple(tensors) if self.levels else tensors[0]
