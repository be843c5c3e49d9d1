"""What has nothing to do with physics: parameter models, units, errors, files, Ctrl-C."""

import lazy_loader

# `mtjphys.units` finds it here at first use; the rest of the package imports modules of core by their names.
__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submodules=["units"])
