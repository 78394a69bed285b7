"""How a picture travels to the browser: a JSON header and typed arrays, in one run of bytes. shared/packing.js reads it.

Numbers as text would be four times as long, and a NaN in a dictionary breaks the whole component.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

_KINDS = {"float32": "f4", "float64": "f8", "uint8": "u1", "uint16": "u2"}


def pack(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return length of the header (u32), header, arrays one after another, each on a multiple of 8 bytes from the header's end.

    The header gains `arrays`: {name: [type, shape, offset]}. Arrays are float32, float64, uint8 or uint16.
    """
    blocks, places, offset = [], {}, 0
    for name, values in arrays.items():
        block = np.ascontiguousarray(values).tobytes()
        places[name] = [_KINDS[str(values.dtype)], list(values.shape), offset]
        blocks.append(block + b"\0" * (-len(block) % 8))
        offset += len(blocks[-1])
    text = json.dumps({**header, "arrays": places}, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 4) % 8)
    return b"".join([struct.pack("<I", len(text)), text, *blocks])


def expectation(
    next_tokens: Sequence[Sequence[tuple[str, float]]], given: Sequence[float | None]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return what a model expects after each step as (header, arrays): a fifth of its length as JSON.

    `unpack` and packing.js give it back as `next` ([[token, probability], …] a step) and `given` (None where unknown).
    """
    if not next_tokens:
        return {"expected": []}, {}
    names = sorted({token for step in next_tokens for token, _ in step})
    number = {name: at for at, name in enumerate(names)}
    return {"expected": names}, {
        "next_token": np.array([[number[token] for token, _ in step] for step in next_tokens], dtype=np.uint16),
        "next_probability": np.array([[p for _, p in step] for step in next_tokens], dtype=np.float32),
        "given": np.array([np.nan if p is None else p for p in given], dtype=np.float32),
    }


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return what `pack` packed, for tests and for programs that look at a page from outside."""
    (length,) = struct.unpack("<I", data[:4])
    header = json.loads(data[4 : 4 + length])
    kinds = {short: np.dtype(long) for long, short in _KINDS.items()}
    arrays = {
        name: np.frombuffer(data, kinds[kind], int(np.prod(shape)), 4 + length + offset).reshape(shape)
        for name, (kind, shape, offset) in header["arrays"].items()
    }
    if "expected" in header:
        names = header["expected"]
        steps = zip(arrays["next_token"], arrays["next_probability"], strict=True) if names else ()
        header["next"] = [[[names[at], float(p)] for at, p in zip(*step, strict=True)] for step in steps]
        header["given"] = [None if np.isnan(p) else float(p) for p in arrays["given"]] if names else []
    return header, arrays


def as_bytes(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return values as 255 levels between two ends, 0 to 254: an odd number, so that zero has a level of its own in the middle."""
    return np.clip(np.rint((np.nan_to_num(values.astype(float)) - low) / (high - low) * 254), 0, 254).astype(np.uint8)
