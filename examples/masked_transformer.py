"""A transformer that predicts masked tokens of fresh strings, its loss beside that of the Bayes-optimal predictor.

    python3 examples/masked_transformer.py                 # minutes
    python3 examples/masked_transformer.py --steps 40 --width 32 --layers 1

Each string has 15% of its tokens masked. The loss cannot fall below the floor: the mean of -log P[token | the tokens that are seen]
under the exact posterior of the grammar, which rhm computes for the same strings.
"""
import argparse

import numpy as np
import torch
from torch import nn

import rhm
from rhm.data import Strings


class Encoder(nn.Module):
    def __init__(self, vocabulary, tokens, width, layers, heads=4):
        super().__init__()
        self.embed, self.position = nn.Embedding(vocabulary + 1, width), nn.Parameter(0.02 * torch.randn(tokens, width))
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
        self.layers, self.norm, self.head = nn.TransformerEncoder(layer, layers), nn.LayerNorm(width), nn.Linear(width, vocabulary)

    def forward(self, tokens):
        return self.head(self.norm(self.layers(self.embed(tokens) + self.position)))


def masked(strings, share, generator, mask_id):
    hidden = torch.rand(strings.shape, generator=generator) < share
    hidden[~hidden.any(1), 0] = True  # at least one token of each string
    return strings.masked_fill(hidden, mask_id), hidden


def bayes_floor(grammar, strings, hidden):
    """Mean -log P[token | tokens seen] over the masked tokens, in nats."""
    seen = np.where(hidden.numpy(), -1, strings.numpy())
    law = grammar.posterior(seen, level=0)  # [strings, tokens, v]: of masked tokens, given all that are seen
    picked = np.take_along_axis(law, strings.numpy()[..., None], axis=2)[..., 0]
    return -np.log(picked[hidden.numpy()]).mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, kind, default in (("depth", int, 3), ("branching", int, 2), ("vocabulary", int, 8), ("multiplicity", int, 3),
        ("width", int, 128),
                                ("layers", int, 3), ("steps", int, 3000), ("batch", int, 256), ("rate", float, 1e-3), ("seed", int, 1)):
        parser.add_argument(f"--{name}", type=kind, default=default)
    given = parser.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(given.seed)
    generator = torch.Generator().manual_seed(given.seed)
    grammar = rhm.Grammar(given.depth, given.branching, given.vocabulary, given.multiplicity, seed=given.seed)
    tokens, v = grammar.shape.tokens, given.vocabulary

    held = torch.from_numpy(grammar.sample(4096, seed=given.seed, purpose="held-out").astype(np.int64))
    held_input, held_hidden = masked(held, 0.15, generator, v)
    floor = bayes_floor(grammar, held, held_hidden)

    model = Encoder(v, tokens, given.width, given.layers).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=given.rate)

    def held_loss():
        with torch.no_grad():
            return nn.functional.cross_entropy(model(held_input.to(device))[held_hidden.to(device)], held[held_hidden].to(device)).item()

    print(f"{grammar.shape}: log v = {np.log(v):.4f}, Bayes floor {floor:.4f} nats a masked token")
    print(f"{'strings':>9} {'loss':>8} {'above the floor':>16}")
    for step, strings in enumerate(Strings(grammar, given.batch, seed=given.seed + 1)):
        if step % max(1, given.steps // 10) == 0 or step == given.steps:
            loss = held_loss()
            print(f"{step * given.batch:9} {loss:8.4f} {loss - floor:16.4f}", flush=True)
        if step == given.steps:
            break
        inputs, hidden = masked(strings, 0.15, generator, v)
        loss = nn.functional.cross_entropy(model(inputs.to(device))[hidden.to(device)], strings[hidden].to(device))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


if __name__ == "__main__":
    main()
