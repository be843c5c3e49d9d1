"""Noise as tensors: the volts of any source, on the device of a module."""

from __future__ import annotations

from typing import Any

from mtjphys.core.errors import ParameterError
from mtjphys.learning.noise.source import NoiseSource, perturbation
from mtjphys.learning.torch.chains import ChainsOnDevice
from mtjphys.learning.torch.installed import torch


def perturbation_tensor(
    noise: NoiseSource | ChainsOnDevice, n_samples: int, n_units: int, dtype: Any = None, device: Any = None
) -> Any:
    """Draw volts and convert them to pre-activations, as `mtjphys.learning.perturbation` does.

    On the CPU the tensor is the memory that the source has filled; nothing is copied unless gain, offset or type ask
    for it.

    Parameters
    ----------
    noise : NoiseSource
        Where the volts come from.
    n_samples, n_units : int
        Samples of the batch and units of the whole module.
    dtype : torch.dtype, optional
        Of the module; float32 if not given.
    device : torch.device, optional
        Of the module; the CPU if not given.

    Returns
    -------
    torch.Tensor of shape (n_samples, n_units)
        Perturbation of every pre-activation.

    Examples
    --------
    >>> from mtjphys import learning
    >>> perturbation_tensor(learning.TelegraphNoise(seed=1), 4, 3).shape
    torch.Size([4, 3])
    """
    check_noise(noise)
    dtype = torch.float32 if dtype is None else dtype
    if isinstance(noise, ChainsOnDevice):
        return noise.tensor(n_samples, n_units).to(device, dtype)
    wide = "float64" if dtype == torch.float64 else "float32"
    eps = perturbation(noise, n_samples, n_units, wide)
    return torch.from_numpy(eps if eps.flags.writeable else eps.copy()).to(device, dtype)


def check_noise(noise: Any) -> None:
    """Raise unless volts can be drawn from what is given."""
    if not (isinstance(noise, ChainsOnDevice) or hasattr(noise, "volts")):
        raise ParameterError(
            f"noise={noise!r} is no noise source: give one of mtjphys.learning, such as TelegraphNoise()"
        )
