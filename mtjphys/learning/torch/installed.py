"""PyTorch, which is an extra; without it one sentence says what to install."""

from mtjphys.core.errors import MtjphysError

try:
    import torch
    from torch import nn
except ImportError as error:
    raise MtjphysError(
        f'mtjphys.learning.torch needs PyTorch 2.4 or later: install it with `pip install "mtjphys[torch]"` ({error})'
    ) from None

__all__ = ["nn", "torch"]
