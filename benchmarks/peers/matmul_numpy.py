"""Product of float32 matrices with NumPy, whose BLAS uses OPENBLAS_NUM_THREADS threads.

usage: matmul_numpy.py AB|AtB|ABt ROWS INNER COLUMNS
"""
import sys
import time

import numpy as np

from peer import serve


def numbers(*shape):
    count = int(np.prod(shape))
    return ((np.arange(count, dtype=np.int64) * 7919 % 1009 - 504) / 512).astype(np.float32).reshape(shape)


def blas():
    try:
        from threadpoolctl import threadpool_info

        pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
        return " ".join(f"{pool['internal_api']} {pool['version']} ({pool['architecture']} kernels)" for pool in pools)
    except ImportError:
        return "unknown"


def main():
    form, rows, inner, columns = sys.argv[1], *map(int, sys.argv[2:5])
    a = numbers(inner, rows).T if form == "AtB" else numbers(rows, inner)
    b = numbers(columns, inner).T if form == "ABt" else numbers(inner, columns)
    c = np.empty((rows, columns), np.float32)

    def best_of_few():
        start = time.perf_counter()
        np.matmul(a, b, out=c)
        return time.perf_counter() - start

    repetitions = max(1, int(0.06 / min(best_of_few() for _ in range(20))))

    def work():
        start = time.perf_counter()
        for _ in range(repetitions):
            np.matmul(a, b, out=c)
        seconds = (time.perf_counter() - start) / repetitions
        return {"seconds": seconds, "sample": c.ravel()[:: c.size // 100][:100].tolist()}

    serve(work, numpy=np.__version__, blas=blas())


if __name__ == "__main__":
    main()
