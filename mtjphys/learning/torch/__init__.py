"""PyTorch modules learn from noise: rules that fill ``.grad``, decorrelated layers, noise as tensors.

The rules are those of `mtjphys.learning.rules`, by the same names and definitions; optimiser, schedule, clipping and
checkpoint stay those of PyTorch. Import it as ``from mtjphys.learning import torch as mtorch``.
"""

import lazy_loader

# The names stand in the stub beside this file; each is imported at first use, so that the folder can be looked into
# without PyTorch.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
