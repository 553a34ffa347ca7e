"""Iterative latent clustering in NumPy: k-means on the mean one-hot vectors of cousin elements, level by level.

    rhm threshold --learner "python3 examples/kmeans_cousins.py" -L 3 -s 3 -v 8 -m 4,6,8
"""
import numpy as np

import rhm


def kmeans(points, clusters, random, restarts=10, rounds=50):
    best, least = None, np.inf
    for _ in range(restarts):
        centres = points[random.choice(len(points), clusters, replace=False)]
        for _ in range(rounds):
            distance = (points**2).sum(1)[:, None] - 2 * points @ centres.T + (centres**2).sum(1)
            labels = distance.argmin(1)
            centres = np.array([points[labels == k].mean(0) if (labels == k).any() else points[random.integers(len(points))]
                for k in range(clusters)])
        if (inertia := ((points - centres[labels]) ** 2).sum()) < least:
            best, least = labels, inertia
    return best


@rhm.learner
def learn(problem):
    s, v, random = problem.branching, problem.vocabulary, np.random.default_rng(problem.seed)
    train, held, found = problem.train.astype(np.int64), problem.held.astype(np.int64), {}
    for level in range(problem.depth - 1):
        code = lambda x: (x.reshape(len(x), -1, s) * v ** np.arange(s)).sum(-1)  # a number for each tuple
        # Grandparents, child positions, elements.
        tuples, cousins = code(train).reshape(len(train), -1, s), train.reshape(len(train), -1, s, s)
        one_hot, sums, counts = np.eye(v), np.zeros((v**s, s * (s - 1) * s * v)), np.zeros(v**s)
        for i in range(s):  # every tuple of a grandparent sees the elements of every other one
            for block, j in enumerate(j for j in range(s) if j != i):
                at = slice((i * (s - 1) + block) * s * v, (i * (s - 1) + block + 1) * s * v)
                np.add.at(sums[:, at], tuples[..., i].ravel(), one_hot[cousins[..., j, :].reshape(-1, s)].reshape(-1, s * v))
            counts += np.bincount(tuples[..., i].ravel(), minlength=v**s)
        seen = np.flatnonzero(counts)
        labels = np.full(v**s, -1)
        labels[seen] = kmeans(sums[seen] / counts[seen, None], min(v, len(seen)), random) if len(seen) > v else np.arange(len(seen))
        found[level + 1] = np.where((held.reshape(len(held), -1, s) < 0).any(-1), -1, labels[code(np.maximum(held, 0))])
        train, held = labels[code(train)], found[level + 1]
    return found
