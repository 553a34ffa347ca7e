"""The transformer encoder and its objectives in plain PyTorch: the same network, losses and optimiser as Rhm.Networks.Transformerss.

Shapes (one legend for the whole file)
    B  strings of a batch, T tokens of a string, v vocabulary (v + 2 symbols with embeddings; v is the mask)
    d  d_model, H heads of e = d / H, F feed-forward units, N blocks, M positions to predict
Block: z = x + attention(norm1(x)), y = z + feed_forward(norm2(z)); features: norm(last y) [B, T, d].
"""
import copy
import time

from torch_peer import read_safetensors

import numpy as np
import torch
import torch.nn.functional as F


class Attention(torch.nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.out = torch.nn.Linear(d, 3 * d), torch.nn.Linear(d, d)

    def forward(self, x, causal):
        B, T, d = x.shape
        q, k, v = self.qkv(x).view(B, T, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)  # [B, H, T, e] each
        scores = (q * (d // self.heads) ** -0.5) @ k.transpose(-1, -2)
        if causal:
            scores = scores.masked_fill(torch.ones(T, T, dtype=torch.bool).triu(1), -torch.inf)
        return self.out((torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(B, T, d))


class Block(torch.nn.Module):
    def __init__(self, d, heads, units):
        super().__init__()
        self.norm1, self.norm2 = torch.nn.LayerNorm(d), torch.nn.LayerNorm(d)
        self.attention = Attention(d, heads)
        self.feed_forward = torch.nn.ModuleList([torch.nn.Linear(d, units), torch.nn.Linear(units, d)])

    def forward(self, x, causal):
        x = x + self.attention(self.norm1(x), causal)
        return x + self.feed_forward[1](F.gelu(self.feed_forward[0](self.norm2(x))))


class Encoder(torch.nn.Module):
    def __init__(self, v, T, d, heads, layers, units, outputs, causal=False):
        super().__init__()
        self.causal, self.d = causal, d
        self.symbols, self.positions = torch.nn.Embedding(v + 2, d), torch.nn.Embedding(T, d)
        self.blocks = torch.nn.ModuleList([Block(d, heads, units) for _ in range(layers)])
        self.norm = torch.nn.LayerNorm(d)
        if outputs:
            self.head = torch.nn.Linear(d, outputs)

    def hidden(self, symbols):
        """Hidden state after every block, each [B, T, d]."""
        x = self.symbols(symbols) + self.positions.weight
        states = []
        for block in self.blocks:
            x = block(x, self.causal)
            states.append(x)
        return states


def loss_of(net, teacher, objective, tokens, symbols, roots, v, K=4, beta=4.0, share=0.01):
    features = net.norm(net.hidden(symbols)[-1])
    if objective == "Supervised":
        return F.cross_entropy(net.head(features.mean(1)), roots)
    if objective == "NextToken":
        return F.cross_entropy(net.head(features[:, :-1]).flatten(0, 1), tokens[:, 1:].flatten())
    predicted = symbols == v
    outputs = net.head(features[predicted])                                   # [M, d] or [M, v]
    if objective == "MaskedTokens":
        return F.cross_entropy(outputs, tokens[predicted])
    with torch.no_grad():
        targets = sum(F.layer_norm(h, h.shape[-1:]) for h in teacher.hidden(tokens)[-K:]) / min(K, len(teacher.blocks))
        if objective == "WhitenedData2Vec":
            rows = targets.flatten(0, 1)
            rows = rows - rows.mean(0)
            values, vectors = torch.linalg.eigh(rows.T @ rows / len(rows))
            targets = (rows @ vectors / (values + share * values[-1]).sqrt() @ vectors.T).view_as(targets)
    return F.smooth_l1_loss(outputs, targets[predicted], beta=beta)


def optimiser_of(net, rate):
    """Weight decay on linear layers and embeddings, not on biases and LayerNorm."""
    decaying = [p for p in net.parameters() if p.dim() > 1]
    plain = [p for p in net.parameters() if p.dim() == 1]
    groups = [{"params": decaying, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))


def train(net, objective, batches, v, rate, decay, K=4):
    """The loss of a step for each (tokens [B, T], symbols [B, T], roots [B])."""
    teacher = copy.deepcopy(net).requires_grad_(False) if "Data2Vec" in objective else None
    optimiser = optimiser_of(net, rate)
    losses = []
    for tokens, symbols, roots in batches:
        loss = loss_of(net, teacher, objective, tokens, symbols, roots, v, K)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        if teacher is not None:
            with torch.no_grad():
                for a, b in zip(teacher.parameters(), net.parameters()):
                    a.lerp_(b, 1 - decay)
        losses.append(loss.item())
    return losses


def golden():
    """Losses of 20 steps in double with weights and strings by formula: the numbers in proofs-tests/Networks/TransformerTests.fs."""
    v, T, d, heads, layers, units, B, classes = 5, 8, 12, 3, 3, 20, 6, 4
    print(f"# torch {torch.__version__}")
    for objective in ["Data2Vec", "WhitenedData2Vec", "MaskedTokens", "NextToken", "Supervised"]:
        outputs = d if "Data2Vec" in objective else classes if objective == "Supervised" else v
        net = Encoder(v, T, d, heads, layers, units, outputs, causal=objective == "NextToken")
        with torch.no_grad():
            for index, (name, p) in enumerate(sorted(net.named_parameters())):
                bound = 1.5 / p.shape[1] ** 0.5 if p.dim() > 1 else 0.3
                value = torch.from_numpy(bound * np.sin(np.arange(1, p.numel() + 1) + 100.0 * index)).view_as(p)
                p.copy_(1 + value if "norm" in name and name.endswith("weight") else value)
        batches = []
        for step in range(20):
            k = np.arange(B * T) + 1000.0 * step
            tokens = torch.from_numpy(np.floor(v * (0.5 + 0.5 * np.sin(k * k))).astype(np.int64) % v).view(B, T)
            predicted = torch.from_numpy(np.sin(3 * k * k + 1) > 0.7).view(B, T)
            roots = torch.from_numpy(np.floor(classes * (0.5 + 0.5 * np.sin(7 * np.arange(B) + 1.0 * step))).astype(np.int64) % classes)
            masks = objective not in ("NextToken", "Supervised")
            batches.append((tokens, tokens.masked_fill(predicted, v) if masks else tokens, roots))
        losses = train(net, objective, batches, v, rate=3e-3, decay=0.9, K=2)
        lines = ["; ".join(f"{x:.10g}" for x in losses[i:i + 5]) for i in range(0, 20, 5)]
        print(f"    let {objective[0].lower() + objective[1:]} =\n        [ " + "\n          ".join(lines) + " ]")


def steps(checkpoint, objective, tokens, symbols, batch):
    """The losses of one training step for each batch, from the weights of a checkpoint of rhm."""
    tensors, meta = read_safetensors(checkpoint)
    sizes = dict(part.split("=") for part in meta["shape"].split())
    v, T, d, heads, layers, units = (int(sizes[name]) for name in ("v", "T", "d_model", "heads", "layers", "feed_forward"))
    tokens, symbols = (torch.from_numpy(np.load(path).astype(np.int64)).view(-1, batch, T) for path in (tokens, symbols))
    batches = [(a, b, None) for a, b in zip(tokens, symbols)]

    def work():
        net = Encoder(v, T, d, heads, layers, units, d if "Data2Vec" in objective else v)
        net.load_state_dict({name: tensors[name] for name in net.state_dict()})
        start = time.perf_counter()
        losses = train(net, objective, batches, v, rate=1e-3, decay=0.99)
        # without making the network: ours keeps its buffers, too
        return {"losses": losses, "seconds": time.perf_counter() - start}

    return work


if __name__ == "__main__":
    import sys

    if sys.argv[1:] == ["golden"]:
        torch.set_default_dtype(torch.float64)
        golden()
    else:
        # usage: transformer_torch.py CHECKPOINT.safetensors OBJECTIVE TOKENS.npy SYMBOLS.npy BATCH THREADS
        from peer import serve

        torch.set_num_threads(int(sys.argv[6]))
        serve(steps(*sys.argv[1:5], int(sys.argv[5])), numpy=np.__version__, torch=torch.__version__)
