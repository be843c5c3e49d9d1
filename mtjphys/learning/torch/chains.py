"""Two-level chains and Gaussian noise that are drawn where the module is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.streams import Use, sequence
from mtjphys.learning.noise.chains import ChainSource, occupations
from mtjphys.learning.noise.source import check_request
from mtjphys.learning.torch.installed import torch


class ChainsOnDevice:
    r"""`GaussianNoise` or `TelegraphNoise` whose readings are drawn on the device of a module, by PyTorch.

    The law is that of the source, the streams are not: there is one generator for all units. A step of a chain is one
    of three maps, chosen by a uniform number u: :math:`u < p_\uparrow` sets the high state, :math:`u > 1-p_\downarrow`
    the low one, anything between leaves the state (or turns it over, where :math:`p_\uparrow+p_\downarrow > 1`).
    From the low state the high one is then reached with probability :math:`p_\uparrow`, from the high the low one with
    :math:`p_\downarrow`. A state is that of the last map that has set one, so that all steps are done at once.

    The same calls give the same bits on one machine; calls of other sizes give others.

    Parameters
    ----------
    noise : GaussianNoise or TelegraphNoise
        Its law, seed, gain and offset; it is not drawn from.
    device : str or torch.device
        Such as ``"cuda"``.

    Raises
    ------
    ParameterError
        If the source is of another kind.

    Examples
    --------
    >>> from mtjphys import learning
    >>> noise = ChainsOnDevice(learning.TelegraphNoise(seed=1), "cpu")
    >>> noise.tensor(64, 110).shape
    torch.Size([64, 110])
    """

    def __init__(self, noise: ChainSource, device: Any) -> None:
        if not isinstance(noise, ChainSource):
            raise ParameterError(
                f"{type(noise).__name__} cannot be drawn on a device: give a GaussianNoise or a TelegraphNoise, or "
                "leave the source as it is, and its readings are moved there"
            )
        self.noise, self.device = noise, torch.device(device)
        self._generator = torch.Generator(self.device)
        self._generator.manual_seed(int(sequence(noise.seed, 0, Use.DEVICE).generate_state(1, np.uint64)[0] >> 1))
        self._high: Any = None  # state of each unit

    @property
    def gain(self) -> float:
        """Conversion from volts to pre-activation, 1/V: that of the source."""
        return self.noise.gain

    @property
    def offset(self) -> float:
        """Voltage that is subtracted before the conversion, V: that of the source."""
        return self.noise.offset

    def tensor(self, n_samples: int, n_units: int) -> Any:
        """Return the next perturbations, ``gain (V - offset)``; the first call fixes `n_units`.

        Parameters
        ----------
        n_samples, n_units : int
            Samples to draw and units to feed.

        Returns
        -------
        torch.Tensor of float32, shape (n_samples, n_units)
            On the device.

        Raises
        ------
        ParameterError
            If the number of units changes between calls, or a number is below 1.
        """
        check_request(n_samples, n_units, None if self._high is None else len(self._high))
        law = self.noise.law(n_units)
        mean, amplitude, up, down = (
            torch.as_tensor(value, dtype=torch.float32, device=self.device)
            for value in (law.mean, law.amplitude, law.up, law.down)
        )
        shape = (n_samples, n_units)
        if self._high is None:
            first = torch.rand(n_units, generator=self._generator, device=self.device)
            self._high = first < torch.as_tensor(occupations(law), dtype=torch.float32, device=self.device)
        volts = mean.expand(shape)
        if law.sigma:
            white = torch.randn(shape, generator=self._generator, device=self.device)
            volts = white.mul_(law.sigma).add_(volts)
        if np.any(law.amplitude):
            volts = volts + amplitude * (2.0 * self._states(shape, up, down) - 1.0)
        return (volts - self.offset) * self.gain

    def _states(self, shape: tuple[int, int], up: Any, down: Any) -> Any:
        """Return the next states, 0 or 1."""
        uniform = torch.rand(shape, generator=self._generator, device=self.device)
        rises, falls = uniform < up, uniform >= 1.0 - down
        turns = (rises & falls).cumsum(0)  # how often the state has been turned over
        # Row 0 is the state of before, row t + 1 that after step t.
        steps = torch.arange(1, shape[0] + 1, device=self.device)[:, None]
        last = torch.where(rises ^ falls, steps, 0).cummax(0).values
        set_to = torch.cat([self._high[None], rises])
        before = torch.cat([torch.zeros_like(turns[:1]), turns])
        states = set_to.gather(0, last) ^ ((turns - before.gather(0, last)) % 2 == 1)
        self._high = states[-1].clone()
        return states

    def state_dict(self) -> dict[str, Any]:
        """Return the state of the generator, and those of the units from the first draw on."""
        state = {"generator": self._generator.get_state()}
        return state if self._high is None else state | {"high": self._high.clone()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue where the source that made `state` stopped, on the same kind of device.

        Raises
        ------
        DataError
            If the state is of another kind of source.
        """
        if "generator" not in state:
            raise DataError("noise state without a generator: load a state that this kind of source saved")
        self._generator.set_state(state["generator"].cpu())
        self._high = state["high"].to(self.device).clone() if "high" in state else None
