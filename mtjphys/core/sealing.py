"""JSON that holds its own checksum: what is read back is what was written, or nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def sealed(content: Mapping[str, Any]) -> bytes:
    """Return a mapping as JSON with its SHA-256.

    >>> unsealed(sealed({"a": 1}))
    {'a': 1}
    >>> unsealed(sealed({"a": 1}).replace(b"1", b"2", 1)) is None
    True
    """
    held = {"content": content, "sha256": _digest(content)}
    return json.dumps(held, indent=1, sort_keys=True).encode()


def unsealed(text: bytes) -> dict[str, Any] | None:
    """Return what `sealed` was called on, or None if that is not whole."""
    try:
        held = json.loads(text)
        content, digest = held["content"], held["sha256"]
    except (ValueError, KeyError, TypeError):
        return None
    return dict(content) if isinstance(content, dict) and _digest(content) == digest else None


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
