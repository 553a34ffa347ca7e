"""Iterative latent clustering in NumPy: k-means on the mean one-hot vectors of cousin elements, level by level.

    rhm threshold --learner "python3 examples/kmeans_cousins.py" -L 3 -s 3 -v 8 -m 4,6,8

Its P* is that of `rhm threshold --learner ilc --set restarts=10`, up to the random starts of k-means.
"""
import numpy as np

import rhm


def squares(points, centres):
    return np.maximum(0, (points**2).sum(1)[:, None] - 2 * points @ centres.T + (centres**2).sum(1))


def start(points, clusters, random):
    """Greedy k-means++: of a few points drawn by their squared distance, the one that leaves least."""
    chosen = [random.integers(len(points))]
    nearest = squares(points, points[chosen])[:, 0]
    for _ in range(clusters - 1):
        drawn = random.choice(len(points), 2 + int(np.log(clusters)), p=nearest / nearest.sum() if nearest.sum() > 0 else None)
        left = np.minimum(nearest[:, None], squares(points, points[drawn]))
        best = left.sum(0).argmin()
        nearest = left[:, best]
        chosen.append(drawn[best])
    return points[chosen]


def kmeans(points, clusters, random, restarts=10, rounds=100):
    best, least = None, np.inf
    for _ in range(restarts):
        centres, labels = start(points, clusters, random), None
        for _ in range(rounds):
            before, labels = labels, squares(points, centres).argmin(1)
            if before is not None and (labels == before).all():
                break
            centres = np.array([points[labels == k].mean(0) if (labels == k).any() else points[random.integers(len(points))]
                                for k in range(clusters)])
        if (inertia := ((points - centres[labels]) ** 2).sum()) < least:
            best, least = labels, inertia
    return best


def contexts(tuples, elements, codes, v):
    """Mean one-hot vectors of the elements of all cousins, by tuple. tuples [P, grandparents, s], elements [P, grandparents, s, s]."""
    s, slots = tuples.shape[-1], []
    for i in range(s):
        own = tuples[..., i].ravel()
        count = np.bincount(own, minlength=codes)[:, None]
        for j in range(s):
            for k in range(s if j != i else 0):
                pairs = np.bincount(own * v + elements[..., j, k].ravel(), minlength=codes * v).reshape(codes, v)
                mean = pairs / np.maximum(count, 1)
                # A tuple that was never seen at this position: the mean of the others says nothing about it.
                slots.append(np.where(count > 0, mean, mean[count[:, 0] > 0].mean(0)))
    return np.concatenate(slots, axis=1)


@rhm.learner
def learn(problem):
    s, v, random = problem.branching, problem.vocabulary, np.random.default_rng(problem.seed)
    train, held, found = problem.train.astype(np.int64), problem.held.astype(np.int64), {}
    for level in range(problem.depth - 1):
        code = lambda x: (x.reshape(len(x), -1, s) * v ** np.arange(s)).sum(-1)  # a number for each tuple
        codes = code(train)
        seen = np.unique(codes)
        vectors = contexts(codes.reshape(len(train), -1, s), train.reshape(len(train), -1, s, s), v**s, v)[seen]
        labels = np.full(v**s, -1)  # tuples that were never seen are not resolved
        labels[seen] = kmeans(vectors, v, random) if len(seen) > v else np.arange(len(seen))
        known = (held.reshape(len(held), -1, s) >= 0).all(-1)
        train, held = labels[codes], np.where(known, labels[code(np.maximum(held, 0))], -1)
        found[level + 1] = held
    return found
