"""data2vec in PyTorch as a learner that is a command, with the published hyper-parameters (arXiv:2605.27734, figure 4).

    rhm threshold --learner "python3 examples/data2vec.py" -L 4 -s 2 -v 16 -m 3,4,5 --start 5e6 --most 134217728 --held-out 4000 --threads 1
    rhm threshold --learner "python3 examples/data2vec.py --small" -L 2 -s 2 -v 4 -m 2

Runs on a GPU where there is one. The training strings are read once, in order: P is the number of online samples. The final features
of every node (the mean over its span) are probed, beside those of the untrained encoder. Any published value can be set: --set width=512.
On a cluster: examples/data2vec.toml with `rhm sweep run --engine slurm`.
"""
import copy
import sys

import numpy as np
import torch
from torch import nn
from torch.nn.functional import layer_norm, smooth_l1_loss

import rhm

PUBLISHED = dict(width=2048, heads=32, layers=8, dropout=0.1, mask=0.15, targets=4, beta=4.0, decay=0.99, rate=1e-4, weight_decay=0.01,
    batch=512)
SMALL = dict(PUBLISHED, width=32, heads=4, layers=2, dropout=0.0, targets=2, decay=0.999, rate=2e-3, batch=64)


class Encoder(nn.Module):
    """Pre-LayerNorm transformer; gives the output of every layer."""

    def __init__(self, vocabulary, tokens, width, heads, layers, dropout):
        super().__init__()
        self.embed, self.position = nn.Embedding(vocabulary + 2, width), nn.Embedding(tokens, width)
        self.layers = nn.ModuleList(nn.TransformerEncoderLayer(width, heads, 4 * width, dropout, "gelu", batch_first=True, norm_first=True)
                                    for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens):
        x, outputs = self.embed(tokens) + self.position.weight, []
        for layer in self.layers:
            x = layer(x)
            outputs.append(x)
        return self.norm(x), outputs


def grouped(model, decay):
    """No weight decay on biases and LayerNorm."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0}]


def node_features(student, strings, problem, device):
    """Final features, averaged over the tokens below each node: level -> [strings, nodes, width]."""
    student.eval()
    with torch.no_grad():
        final = torch.cat([student(torch.from_numpy(np.asarray(part, dtype=np.int64)).to(device))[0].float().cpu()
                           for part in np.array_split(strings, max(1, len(strings) // 256))]).numpy()
    student.train()
    return {level: final.reshape(len(final), problem.nodes(level), -1, final.shape[-1]).mean(2) for level in range(1, problem.depth)}


@rhm.learner
def learn(problem):
    p = {**(SMALL if "--small" in sys.argv else PUBLISHED), **problem.parameters}
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(problem.threads)
    torch.manual_seed(problem.seed % 2**63)
    tokens, mask_id = problem.train.shape[1], problem.vocabulary
    student = Encoder(problem.vocabulary, tokens, p["width"], p["heads"], p["layers"], p["dropout"]).to(device)
    teacher = copy.deepcopy(student).eval().requires_grad_(False)
    head = nn.Linear(p["width"], p["width"]).to(device)
    optimizer = torch.optim.AdamW(grouped(student, p["weight_decay"]) + grouped(head, p["weight_decay"]), lr=p["rate"], betas=(0.9, 0.98))
    untrained = node_features(student, problem.held, problem, device)
    loss = torch.zeros(())
    for start in range(0, len(problem.train), p["batch"]):
        strings = torch.from_numpy(np.array(problem.train[start:start + p["batch"]], dtype=np.int64)).to(device)
        hidden = torch.rand(strings.shape, device=device) < p["mask"]
        if not hidden.any():
            continue
        with torch.no_grad():
            outputs = teacher(strings)[1][-p["targets"]:]
            target = torch.stack([layer_norm(output, output.shape[-1:]) for output in outputs]).mean(0)
        loss = smooth_l1_loss(head(student(strings.masked_fill(hidden, mask_id))[0])[hidden], target[hidden], beta=p["beta"])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*student.parameters(), *head.parameters()], 1.0)
        optimizer.step()
        with torch.no_grad():
            for own, other in zip(teacher.parameters(), student.parameters()):
                own.lerp_(other, 1 - p["decay"])
    return rhm.Learned(features=node_features(student, problem.held, problem, device), untrained=untrained, measures={"loss": loss.item()})
