"""The stacked latent clustering network in plain PyTorch: the same network, losses and optimiser as Rhm.Networks.StackedLatentClustering.

Shapes (one legend for the whole file)
    B  strings of a batch            s  branching, L depth, v vocabulary, d codes per latent (d_h), W hidden width
    d_l  v at level 0, else d        T_l = s^(L-1-l)  tuples of level l per string
    R  rows: the B T_l tuples of level l, or (distinct) one row for each different one
    J = s (s-1) s  slots (i, j, k): own position i below the grandparent, cousin tuple j != i, its element k
Module l: x [R, s d_l] -> predictor -> log phi [R, J, d_l] -> clusterer -> h^(l+1) [R, d].
"""
import time

from torch_peer import read_safetensors

import numpy as np
import torch
import torch.nn.functional as F


class Module(torch.nn.Module):
    """Predictor and clusterer of one level."""

    def __init__(self, s, d_in, d, width):
        super().__init__()
        self.s, self.d_in, self.slots = s, d_in, s * (s - 1) * s
        out = self.slots * d_in
        self.predictor = torch.nn.ModuleList([torch.nn.Linear(s * d_in, width), torch.nn.Linear(width, width), torch.nn.Linear(width, out)])
        self.clusterer = torch.nn.ModuleList([torch.nn.Linear(out, width), torch.nn.Linear(width, width), torch.nn.Linear(width, d)])
        self.register_buffer("mean", torch.zeros(out))

    def forward(self, x, weight, gradients, momentum=0.05, train=True):
        """x [R, s d_l]; weight [R] sums to 1: the share of tuples that a row stands for. Returns log phi [R, J, d_l] and h [R, d]."""
        g = F.gelu(self.predictor[0](x))
        g = F.gelu(self.predictor[1](g))
        log_phi = F.log_softmax(self.predictor[2](g).view(len(x), self.slots, self.d_in), -1)
        u = log_phi.flatten(1)
        if gradients == "local":
            u = u.detach()
        if train:
            mean = weight @ u
            with torch.no_grad():
                self.mean.mul_(1 - momentum).add_(mean, alpha=momentum)
        else:
            mean = self.mean
        g = F.layer_norm(u - mean, u.shape[1:])
        g = F.gelu(self.clusterer[0](g))
        g = F.gelu(self.clusterer[1](g))
        return log_phi, torch.softmax(self.clusterer[2](g), -1)


class Slc(torch.nn.Module):
    """L-1 modules. gradients: "end" to end, "module" (stopped between modules), "local" (also between clusterer and predictor)."""

    def __init__(self, L, s, v, d, width, gradients="local", distinct=True, one_target=False, attached=False, margin=None, cap=1.0,
                 push=8.0, sparsity=0.01):
        super().__init__()
        self.L, self.s, self.v, self.d = L, s, v, d
        self.gradients, self.distinct, self.one_target, self.attached = gradients, distinct, one_target, attached
        self.margin, self.cap, self.push, self.sparsity = margin, cap, push, sparsity
        self.levels = torch.nn.ModuleList([Module(s, v if l == 0 else d, d, width) for l in range(L - 1)])

    def rows(self, tokens):
        """Per level: children [R, s] (numbers of the rows below, or tokens), row of each tuple [B, T_l], first tuple of each row."""
        s, kinds, symbols, levels = self.s, tokens, self.v, []
        children = tokens
        for _ in range(self.L - 1):
            tuples = kinds.reshape(-1, s)
            code = tuples[:, 0]
            for i in range(1, s):
                code = code * symbols + tuples[:, i]
            _, inverse = torch.unique(code, return_inverse=True)
            # number the kinds in the order of their first occurrence
            first = torch.full((int(inverse.max()) + 1,), len(inverse)).scatter_reduce(0, inverse, torch.arange(len(inverse)), "amin")
            order = torch.argsort(first)
            first = first[order]
            rank = torch.empty_like(order)
            rank[order] = torch.arange(len(order))
            kinds, symbols = rank[inverse].view(len(tokens), -1), len(first)
            flat = children.reshape(-1, s)
            if self.distinct:
                levels.append((flat[first], kinds, first))
            else:
                levels.append((flat, torch.arange(len(flat)).view(kinds.shape), first))
            children = levels[-1][1]
        return levels

    def network(self, tokens, levels, train=True):
        h, all_h, all_log_phi = torch.eye(self.v), [], []
        for module, (children, number, _) in zip(self.levels, levels):
            weight = torch.bincount(number.flatten(), minlength=len(children)).to(h.dtype) / number.numel()
            all_h.append(h)
            x = (h if self.gradients == "end" else h.detach())[children].flatten(1)
            log_phi, h = module(x, weight, self.gradients, train=train)
            all_log_phi.append((log_phi, h))
        return all_h, all_log_phi

    def losses(self, tokens, teacher=None):
        """The two losses of every module: prediction 0..L-2, then clustering 0..L-2."""
        s, B = self.s, len(tokens)
        levels = self.rows(tokens)
        h_in, out = self.network(tokens, levels)
        with torch.no_grad():
            targets = h_in if teacher is None else teacher.network(tokens, levels)[0]
        prediction, clustering, ids = [], [], tokens
        for l, (children, number, first) in enumerate(levels):
            log_phi, h = out[l]
            target = targets[l] if self.attached else targets[l].detach()
            cousins = ids.view(B, -1, s, s)                                  # [B, grandparents, tuple j, element k]
            numbers = number.view(B, -1, s)
            slots = log_phi.view(len(log_phi), s, s - 1, s, -1)
            loss = 0
            for i in range(s):
                others = [j for j in range(s) if j != i]
                y = target[cousins[:, :, others, :]]                         # [B, grandparents, s-1, s, d_l]
                log_p = slots[numbers[:, :, i], i]                           # the same shape
                if self.one_target:
                    y, log_p = y[:, :, :1, :1], log_p[:, :, :1, :1]
                loss = loss - (y * log_p).sum(-1).mean() / s
            prediction.append(loss)
            # one row for each different tuple takes part in the comparison, whether or not the network ran once for each
            weight = torch.bincount(number.flatten(), minlength=len(children)).to(h.dtype) / number.numel()
            kept = torch.arange(len(children)) if self.distinct else first
            clustering.append(self.clustering(log_phi.detach().flatten(1).exp(), weight, h, kept))
            ids = number
        return prediction, clustering

    def clustering(self, phi, weight, h, kept):
        with torch.no_grad():
            c = F.normalize((phi - weight @ phi)[kept], dim=1, eps=1e-12)
            S = (1 + c @ c.T) / 2
            pairs = ~torch.eye(len(S), dtype=torch.bool)
            tau = margin(S, self.v) if self.margin is None else self.margin
            near = (S - tau).clamp(min=0, max=self.cap) * pairs
            far = (tau - S).clamp(min=0, max=self.cap) * pairs
            near, far = near / near.sum().clamp(min=1e-12), far / far.sum().clamp(min=1e-12)
        h = h[kept]
        O = h @ h.T
        pull = -(near * torch.log(O + 1e-6)).sum()
        push = -(far * torch.log(1 - O + 1e-5)).sum()
        return pull + self.push * push - self.sparsity * (h * h).sum(1).mean()


def margin(S, v):
    """The larger of: halfway between the mean similarity and that to the nearest other tuple; what 1.15 times as many pairs exceed as
    must be synonyms."""
    n = len(S)
    pairs = S[torch.tril_indices(n, n, -1).unbind()]
    halfway = (2 * pairs.sum() / (n * (n - 1)) + S.masked_fill(torch.eye(n, dtype=torch.bool), 0).max(1).values.mean()) / 2
    rank = min(len(pairs) - 1, int(len(pairs) * (1 - 1.15 * max(0.0, (n - v) / (v * (n - 1.0))))))
    return torch.maximum(halfway, pairs.kthvalue(rank + 1).values)


def formula(index, count, bound):
    """Weights that any language can make: bound sin(k + 100 index), k = 1..count."""
    return torch.from_numpy(bound * np.sin(np.arange(1, count + 1) + 100.0 * index))


def golden():
    """Losses of 20 steps in double with formula weights and tokens: the numbers in proofs-tests/golden/slc-losses.json."""
    cases = [("local", None, 1.0, False, None, False), ("local", None, 0.1, False, None, False), ("module", 0.8, 1.0, False, 0.1, False),
             ("end", 0.8, 1.0, False, 0.1, False), ("end", None, 1.0, True, None, False), ("module", 0.8, 1.0, False, None, True)]
    for gradients, given, cap, one_target, ema, attached in cases:
        net = Slc(3, 3, 5, 6, 16, gradients=gradients, margin=given, cap=cap, one_target=one_target, attached=attached)
        layers = [f"levels.{l}.{part}.{k}" for l in range(2) for part in ("predictor", "clusterer") for k in range(3)]
        names = [f"{layer}.{kind}" for layer in layers for kind in ("weight", "bias")]
        parameters = dict(net.named_parameters())
        with torch.no_grad():
            for index, name in enumerate(names):
                p = parameters[name]
                weight = parameters[name.replace("bias", "weight")]
                p.copy_(formula(index, p.numel(), 1.5 / weight.shape[1] ** 0.5).view_as(p))
        teacher = None
        if ema:
            import copy
            teacher = copy.deepcopy(net)
        optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-3)
        print(f"# {gradients}, margin {given}, cap {cap}, one target {one_target}, ema {ema}, attached {attached}; "
              f"torch {torch.__version__}")
        for step in range(20):
            k = np.arange(8 * 27) + 1000.0 * step
            tokens = torch.from_numpy(np.floor(5 * (0.5 + 0.5 * np.sin(k * k))).astype(np.int64) % 5).view(8, 27)
            p, c = net.losses(tokens, teacher)
            print("[ " + "; ".join(f"{x.item():.12g}" for x in p + c) + " ]")
            loss = sum(p) + sum(c)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            if teacher is not None:
                with torch.no_grad():
                    for a, b in zip(teacher.parameters(), net.parameters()):
                        a.lerp_(b, ema)


def steps(checkpoint, batches, distinct):
    """The losses of one training step for each batch [B, s^L], from the weights of a checkpoint of rhm; learning rate as in a warm-up
    of 100."""
    tensors, meta = read_safetensors(checkpoint)
    sizes = dict(part.split("=") for part in meta["shape"].split())
    L, s, v, d, width = (int(sizes[name]) for name in ("L", "s", "v", "d_h", "width"))
    batches = torch.from_numpy(np.load(batches).astype(np.int64)).view(-1, 32, s ** L)

    def work():
        net = Slc(L, s, v, d, width, distinct=distinct)
        net.load_state_dict({name: tensors[name] for name in net.state_dict()})
        optimiser = torch.optim.AdamW(net.parameters(), weight_decay=1e-3)
        all_losses = []
        start = time.perf_counter()
        for step, tokens in enumerate(batches):
            for group in optimiser.param_groups:
                group["lr"] = 3e-3 * (step + 1) / 100
            prediction, clustering = net.losses(tokens)
            loss = sum(prediction) + sum(clustering)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            all_losses.append([x.item() for x in prediction + clustering])
        # without making the network: ours keeps its buffers, too
        return {"losses": all_losses, "seconds": time.perf_counter() - start}

    return work


if __name__ == "__main__":
    import sys

    if sys.argv[1:] == ["golden"]:
        torch.set_default_dtype(torch.float64)
        golden()
    else:
        # usage: slc_torch.py CHECKPOINT.safetensors BATCHES.npy THREADS [--distinct]
        from peer import serve

        torch.set_num_threads(int(sys.argv[3]))
        serve(steps(sys.argv[1], sys.argv[2], "--distinct" in sys.argv), numpy=np.__version__, torch=torch.__version__)
