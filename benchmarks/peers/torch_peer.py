"""What the peers in PyTorch share. Import it before torch."""
import json
import os
import struct

# Threads that wait by spinning take the cores from each other: on two cores PyTorch is up to 3 times faster without.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np  # noqa: E402
import torch  # noqa: E402


def read_safetensors(path):
    """Tensors and metadata of a safetensors file: 8 bytes header length, JSON header, raw little-endian data."""
    with open(path, "rb") as f:
        size = struct.unpack("<Q", f.read(8))[0]
        header = json.loads(f.read(size))
        data = f.read()
    meta = header.pop("__metadata__", {})
    types = {"F32": np.float32, "F64": np.float64, "I64": np.int64}
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = torch.from_numpy(np.frombuffer(data[begin:end], types[entry["dtype"]]).reshape(entry["shape"]).copy())
    return tensors, meta
