"""One kernel of a network with PyTorch: its own forward or backward operator, without the bookkeeping of automatic differentiation.

usage: layers_torch.py KERNEL ROWS COLUMNS THREADS
"""
import sys
import time

import torch

from peer import serve


def numbers(rows, columns, step):
    index = torch.arange(rows * columns, dtype=torch.int64)
    return ((index * step % 1009 - 504) / 256).to(torch.float32).view(rows, columns)


def kernel(name, rows, columns):
    """A function without arguments that does the work, and the tensor that it leaves."""
    x, dy = numbers(rows, columns, 7919), numbers(rows, columns, 6007)
    aten, f = torch.ops.aten, torch.nn.functional
    scale, shift = numbers(1, columns, 5003).view(-1), numbers(1, columns, 4001).view(-1)
    if name == "softmax":
        return lambda: aten._softmax(x, 1, False)
    if name == "softmax-backward":
        y = f.softmax(x, 1)
        return lambda: aten._softmax_backward_data(dy, y, 1, torch.float32)
    if name == "log-softmax":
        return lambda: aten._log_softmax(x, 1, False)
    if name == "log-softmax-backward":
        y = f.log_softmax(x, 1)
        return lambda: aten._log_softmax_backward_data(dy, y, 1, torch.float32)
    if name == "layer-norm":
        return lambda: aten.native_layer_norm(x, [columns], scale, shift, 1e-5)[0]
    if name == "layer-norm-backward":
        _, mean, inverse = aten.native_layer_norm(x, [columns], scale, shift, 1e-5)
        return lambda: aten.native_layer_norm_backward(dy, x, [columns], mean, inverse, scale, shift, [True, True, True])[0]
    if name == "gelu":
        return lambda: aten.gelu(x)
    if name == "gelu-backward":
        return lambda: aten.gelu_backward(dy, x)
    if name == "adamw":
        parameter = torch.nn.Parameter(x.clone())
        optimizer = torch.optim.AdamW([parameter])

        def step():
            parameter.grad = dy
            optimizer.step()
            return parameter

        return step
    raise SystemExit(f"layers_torch.py: no kernel {name}")


def main():
    name, rows, columns, threads = sys.argv[1], *map(int, sys.argv[2:5])
    torch.set_num_threads(threads)
    run = kernel(name, rows, columns)
    with torch.no_grad():
        sample = run().flatten()[:: rows * columns // 100][:100].tolist()

        def once():
            start = time.perf_counter()
            run()
            return time.perf_counter() - start

        repetitions = max(1, int(0.06 / min(once() for _ in range(20))))

        def work():
            start = time.perf_counter()
            for _ in range(repetitions):
                run()
            return {"seconds": (time.perf_counter() - start) / repetitions, "sample": sample}

        serve(work, torch=torch.__version__)


if __name__ == "__main__":
    main()
