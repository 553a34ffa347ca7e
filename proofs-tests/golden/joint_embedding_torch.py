"""Writes joint-embedding-steps.json: losses of five steps of AdamW on a small joint embedding, by PyTorch's autograd in float64.

Python 3 with torch 1.13 or later: python3 joint_embedding_torch.py > joint-embedding-steps.json
"""

import json

import torch

torch.set_default_dtype(torch.float64)
TUPLES, POSITIONS, SYMBOLS, WIDTH, DIMENSION, STEPS = 7, 3, 3, 6, 3, 5
RIDGE, LEAST_VARIANCE, TEACHER_RATE = 1e-4, 1e-4, 0.05
PREDICTION, SPREAD, COVARIANCE = 3.0, 2.0, 0.7
ORDERED = [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)]


def moments(pairs, z, t):
    first, second, weight = pairs
    a, b = z[first], t[second]
    a, b = a - weight @ a, b - weight @ b
    return a.T @ (weight[:, None] * a), b.T @ (weight[:, None] * b), a.T @ (weight[:, None] * b)


def regularised(c):
    return c + RIDGE * torch.clamp(torch.trace(c) / len(c), min=1e-12) * torch.eye(len(c))


def vamp(one, other):
    a, b = regularised((one[0] + other[0]) / 2), regularised((one[1] + other[1]) / 2)
    return -torch.trace(torch.linalg.inv(a) @ one[2] @ torch.linalg.inv(b) @ other[2].T)


def prediction(m, w):
    return torch.trace(w.T @ m[0] @ w) - 2 * torch.trace(w.T @ m[2]) + torch.trace(m[1])


def spread(c):
    deviation = torch.sqrt(torch.diagonal(c) + LEAST_VARIANCE)
    off = c - torch.diag(torch.diagonal(c))
    return (SPREAD * torch.clamp(1 - deviation, min=0).sum() + COVARIANCE * (off**2).sum()) / len(c)


def barlow(m, w):
    p = torch.diagonal(w.T @ m[0] @ w) + LEAST_VARIANCE
    q = torch.diagonal(m[1]) + LEAST_VARIANCE
    c = (w.T @ m[2]) / torch.sqrt(p[:, None] * q[None, :])
    on = torch.diagonal(c)
    return ((on - 1) ** 2).sum() + COVARIANCE * ((c - torch.diag(on)) ** 2).sum()


def encode(x, parameters):
    w1, b1, w2, b2, w3, b3 = parameters
    h = torch.nn.functional.gelu(x @ w1 + b1)
    return torch.nn.functional.gelu(h @ w2 + b2) @ w3 + b3


def whitened(t, shares):
    centred = t - shares @ t
    c = regularised(centred.T @ (shares[:, None] * centred))
    values, vectors = torch.linalg.eigh(c)
    return t @ (vectors @ torch.diag(values**-0.5) @ vectors.T)


def loss_of(objective, x, pairs, parameters, predictors, teacher, shares):
    z = encode(x, parameters)
    if objective == "Vamp":
        return sum(vamp(m, m) for m in (moments(one, z, z) for one in pairs)) / len(pairs)
    targets = z
    if objective == "Elements":
        targets = x
    elif objective in ("Teacher", "WhitenedTeacher"):
        targets = encode(x, teacher).detach()
        if objective == "WhitenedTeacher":
            targets = whitened(targets, shares)
    total = 0
    for number, (i, j) in enumerate(ORDERED):
        first, second, weight = pairs[number // 2]
        m = moments((first, second, weight) if i < j else (second, first, weight), z, targets)
        w = predictors[number]
        if objective == "SpectralContrastive":
            total += torch.trace(w.T @ m[0] @ w @ m[1]) - 2 * torch.trace(w.T @ m[2])
        elif objective == "VicReg":
            total += PREDICTION / DIMENSION * prediction(m, w) + spread(m[0]) + spread(m[1])
        elif objective == "BarlowTwins":
            total += barlow(m, w)
        else:
            total += prediction(m, w) / targets.shape[1]
    return total / len(ORDERED)


def main():
    random = torch.Generator().manual_seed(7)
    draw = lambda *size: torch.rand(*size, generator=random)
    elements = torch.randint(SYMBOLS, (TUPLES, POSITIONS), generator=random)
    x = torch.nn.functional.one_hot(elements, SYMBOLS).double().reshape(TUPLES, -1)
    sizes = [(x.shape[1], WIDTH), (WIDTH, WIDTH), (WIDTH, DIMENSION)]
    start = []
    for inputs, outputs in sizes:
        start += [draw(inputs, outputs) * 2 - 1, draw(outputs) - 0.5]
    counts = torch.randint(0, 9, (3, TUPLES, TUPLES), generator=random)
    pairs = []
    for one in counts:
        first, second = one.nonzero(as_tuple=True)
        weight = one[first, second].double()
        pairs.append((first, second, weight / weight.sum()))
    shares = torch.zeros(TUPLES)
    for first, second, weight in pairs:
        for side in (first, second):
            shares.index_add_(0, side, weight / (2 * len(pairs)))
    square = 0.3 * draw(len(ORDERED), DIMENSION, DIMENSION) + torch.eye(DIMENSION)
    wide = 0.3 * draw(len(ORDERED), DIMENSION, x.shape[1])
    losses = {}
    objectives = ("Vamp", "SpectralContrastive", "VicReg", "BarlowTwins", "Teacher", "WhitenedTeacher", "Elements")
    for objective in objectives:
        parameters = [part.float().double().clone().requires_grad_() for part in start]
        teacher = [part.detach().clone() for part in parameters]
        predictors = (wide if objective == "Elements" else square).float().double().clone().requires_grad_()
        optimiser = torch.optim.AdamW([*parameters, predictors], lr=5e-3, weight_decay=1e-2)
        losses[objective] = []
        for _ in range(STEPS):
            optimiser.zero_grad()
            loss = loss_of(objective, x, pairs, parameters, predictors, teacher, shares)
            loss.backward()
            optimiser.step()
            losses[objective].append(loss.item())
            for own, follower in zip(parameters, teacher):
                follower += TEACHER_RATE * (own.detach() - follower)
    print(json.dumps({
        "source": f"joint_embedding_torch.py with torch {torch.__version__}, float64",
        "elements": elements.tolist(),
        "counts": counts.tolist(),
        "encoder": [value for part in start for value in part.flatten().float().tolist()],
        "predictors": square.flatten().float().tolist(),
        "wide": wide.flatten().float().tolist(),
        "losses": losses,
    }))


main()
