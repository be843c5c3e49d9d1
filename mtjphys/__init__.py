"""Stochastic magnetic tunnel junctions: from the stack to a network that learns from the noise."""

import lazy_loader

__version__ = "0.1.0"

# The names stand in the stub beside this file, where type checkers read them; each is imported at first use, so that
# `import mtjphys` costs next to nothing.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
