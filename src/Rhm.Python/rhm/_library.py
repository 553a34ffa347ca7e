"""The native library: found, loaded once, its functions declared, its errors raised as Python exceptions."""
from __future__ import annotations

import ctypes as c
import os
import sys
import threading
from pathlib import Path

import numpy as np

ABI_VERSION = 1
_SUFFIXES = {"win32": "dll", "darwin": "dylib"}


class RhmError(RuntimeError):
    """A fault of the native library."""


_i32, _i64, _u64, _f64, _p = c.c_int32, c.c_int64, c.c_uint64, c.c_double, c.c_void_p
_shape = [_i32] * 5
_tokens = [_p, _i64, _i32, _i64]  # memory, numbers, bytes of a number, strings
_SIGNATURES = {
    "rhm_free": [_i64],
    "rhm_grammar_draw": [*_shape, _f64, _u64, _p],
    "rhm_grammar_read": [c.c_char_p, _p],
    "rhm_grammar_write": [_i64, c.c_char_p],
    "rhm_grammar_from_rules": [*_shape, _f64, _p, _i64, _p],
    "rhm_grammar_shape": [_i64, _p, _i64, _p],
    "rhm_grammar_rules": [_i64, _i32, _p, _i64],
    "rhm_sample": [_i64, _u64, _i32, _i64, _i64, _i32, _i32, _p, _i64, _i32],
    "rhm_posterior": [_i64, _p, _i64, _i64, _i32, _p, _i64, _p, _i64, _p, _i64, _i32],
    "rhm_next_token": [_i64, _p, _i64, _i64, _p, _i64, _i32],
    "rhm_joint_law": [_i64, *[_i32] * 6, _p, _i64],
    "rhm_value_count": [_i64, _i32, _i32, _i32, _p],
    "rhm_theory": [*_shape, _p, _i64, _p, _i64],
    "rhm_ilc": [*_tokens, _i32, _i32, _i32, _i32, _i32, _i32, _u64, _i32, _p],
    "rhm_spectral": [*_tokens, _i32, _i32, _i32, _i32, _i32, _u64, _i32, _p],
    "rhm_learned_shape": [_i64, _p, _p, _i64],
    "rhm_learned_labels": [_i64, *_tokens, _i32, _p, _i64],
    "rhm_accuracy": [_p, _i64, _p, _i64, _i32, _i32, _p],
    "rhm_ridge_probe": [_p, _i64, _p, _i64, _p, _i64, _p, _i64, _i32, _i32, _p],
}

_lock = threading.Lock()
_library: c.CDLL | None = None
_process = -1


def path() -> Path:
    """Where the native library is: ``RHM_LIBRARY`` if set, else beside this file, with the widest vectors that this processor has."""
    chosen = os.environ.get("RHM_LIBRARY")
    if chosen:
        return Path(chosen)
    folder, suffix = Path(__file__).parent, _SUFFIXES.get(sys.platform, "so")
    for level in _levels():
        if (file := folder / f"Rhm.Native.{level}.{suffix}").exists():
            return file
    return folder / f"Rhm.Native.{suffix}"


def _levels() -> list[str]:
    """Levels of x86-64 that this processor has, the widest first; where nobody tells, the one that all have."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            flags = set(next((line for line in file if line.startswith("flags")), "").split())
    except OSError:
        flags = set()
    third = {"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"}
    fourth = third | {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}
    return [level for level, needed in (("x86-64-v4", fourth), ("x86-64-v3", third), ("x86-64-v2", set())) if needed <= flags]


def library() -> c.CDLL:
    """The library, loaded at the first call.

    Raises:
        ImportError: it is missing, or of another version than this package.
        RhmError: the process was forked after it was loaded; its threads do not survive that.
    """
    global _library, _process
    with _lock:
        if _library is not None:
            if _process != os.getpid():
                raise RhmError(
                    "this process was forked after rhm was first used: start worker processes by spawn or forkserver "
                    "(multiprocessing_context='spawn' in a DataLoader), or use rhm only after the fork"
                )
            return _library
        file = path()
        if not file.exists():
            raise ImportError(f"{file} is missing: build it with `dotnet publish src/Rhm.Native`, or set RHM_LIBRARY")
        loaded = c.CDLL(str(file))
        version = loaded.rhm_abi_version()
        if version != ABI_VERSION:
            raise ImportError(f"{file} has ABI version {version}, this package needs {ABI_VERSION}: install both from one release")
        for name, arguments in _SIGNATURES.items():
            function = getattr(loaded, name)
            function.argtypes, function.restype = arguments, _i32
        for name in ("rhm_last_error", "rhm_version"):
            getattr(loaded, name).argtypes = [_p, _i64]
        loaded.rhm_learned_warnings.argtypes = [_i64, _p, _i64]
        _library, _process = loaded, os.getpid()
        return loaded


def text(read) -> str:
    """A text of the library: ``read(buffer, capacity)`` answers its length in bytes."""
    length = read(None, 0)
    if length < 0:
        raise ValueError(last_error())
    buffer = c.create_string_buffer(length + 1)
    read(buffer, length + 1)
    return buffer.value.decode()


def last_error() -> str:
    """The sentence that belongs to the last failure of this thread."""
    return text(library().rhm_last_error)


def call(name: str, *arguments) -> None:
    """Calls a function of the library.

    Raises:
        ValueError: an argument is refused.
        MemoryError: there is not enough memory.
        RhmError: a fault of the library.
    """
    try:
        status = getattr(library(), name)(*arguments)
    except c.ArgumentError as error:
        raise TypeError(str(error)) from None
    if status:
        raise {2: ValueError, 3: MemoryError}.get(status, RhmError)(last_error())


def address(array: np.ndarray | None) -> int | None:
    """Address of an array's memory."""
    return None if array is None else array.ctypes.data


def whole(value, name: str, low: int, high: int) -> int:
    """A whole number in a range."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} = {value!r} is not a whole number")
    if not low <= value <= high:
        raise ValueError(f"{name} = {value} is outside {low}..{high}")
    return int(value)


def threads_of(threads: int | None) -> int:
    """All processors that this process may use, where nothing is said."""
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    return whole(threads, "threads", 1, 1024)


def tokens_of(strings, masked: bool = False) -> np.ndarray:
    """Strings as a contiguous array [P, tokens]: uint8 or uint16 as they are, other integers converted (int32 where ``masked``).

    Raises:
        TypeError: not an array of integers.
        ValueError: another number of axes, or symbols beyond the type.
    """
    array = np.asarray(strings)
    if array.dtype.kind not in "iu":
        raise TypeError(f"strings of dtype {array.dtype} are no integers: use strings.astype(np.uint8)")
    if array.ndim != 2:
        raise ValueError(f"strings have shape {array.shape}: they need two axes, [P, tokens]")
    if masked:
        if array.dtype.itemsize >= 4 and array.size and (int(array.min()) < -(2**31) or int(array.max()) >= 2**31):
            raise ValueError("strings have symbols beyond 32 bits")
        return np.ascontiguousarray(array, dtype=np.int32)
    if array.dtype not in (np.uint8, np.uint16):
        if array.size and (int(array.min()) < 0 or int(array.max()) > 65535):
            raise ValueError(f"strings have symbols from {array.min()} to {array.max()}: they must lie in 0..65535")
        array = array.astype(np.uint16)
    return np.ascontiguousarray(array)
