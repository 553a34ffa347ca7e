import numpy as np
import pytest

torch = pytest.importorskip("torch")

import rhm  # noqa: E402
from rhm.data import Strings  # noqa: E402
from torch.utils.data import DataLoader  # noqa: E402

SHAPE = (3, 2, 8, 3)


def rows(batches):
    return sorted(map(tuple, torch.cat(list(batches)).tolist()))


@pytest.mark.parametrize("workers, ranks", [(0, 1), (2, 1), (0, 3), (2, 2)])
def test_a_fixed_number_of_strings_is_given_once_an_epoch_over_workers_and_ranks(workers, ranks):
    grammar = rhm.Grammar(*SHAPE)
    expected = sorted(map(tuple, grammar.sample(5000, seed=4).tolist()))
    orders = []
    for epoch in range(2):
        given = []
        for rank in range(ranks):
            dataset = Strings(grammar, 128, count=5000, seed=4, rank=rank, world_size=ranks)
            dataset.set_epoch(epoch)
            context = "spawn" if workers else None
            given += list(DataLoader(dataset, batch_size=None, num_workers=workers, multiprocessing_context=context))
        assert rows(given) == expected
        orders.append(torch.cat(given))
    assert not torch.equal(orders[0], orders[1])


def test_fresh_strings_differ_over_ranks_and_epochs_and_are_the_grammars():
    grammar = rhm.Grammar(*SHAPE)
    firsts = []
    for rank in range(2):
        for epoch in range(2):
            dataset = Strings(grammar, 100, seed=1, rank=rank, world_size=2, levels=[1, 3])
            dataset.set_epoch(epoch)
            stream = iter(dataset)
            batch = [next(stream) for _ in range(30)]
            assert all(tokens.shape == (100, 8) and one.shape == (100, 4) and root.shape == (100, 1) for tokens, one, root in batch)
            tokens, one, _ = batch[29]
            posterior = grammar.posterior(tokens.numpy(), level=1).argmax(-1)
            assert np.array_equal(posterior, one.numpy())
            firsts.append(batch[0][0])
    assert all(not torch.equal(firsts[i], firsts[j]) for i in range(4) for j in range(i))
