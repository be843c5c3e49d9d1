"""Dwell times of each lane, counted in every step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import field_validator

from mtjphys.core.checks import as_thresholds
from mtjphys.core.errors import ParameterError
from mtjphys.datasets.products.product import LANES, PRODUCTS, STATE, Block, Frame, Product, Variable


@PRODUCTS.register("dwell_times")
class CountedDwellTimes(Product):
    r"""Time in each state and stays that ended there, from thresholds of m.p with hysteresis.

    Both add up over replicas, and :math:`\hat\tau = T/n` of any sum is the estimate of `mtjphys.dwell_times`, of
    maximum likelihood for exponential stays; ``dwell_time`` is that of a lane alone, NaN where no stay ended.

    Parameters
    ----------
    thresholds : (float, float)
        Of m.p, low and high.
    """

    thresholds: tuple[float, float] = (-0.5, 0.5)

    @field_validator("thresholds")
    @classmethod
    def _legal(cls, value: tuple[float, float]) -> tuple[float, float]:
        return as_thresholds(value)

    def check(self, frame: Frame) -> None:
        """Raise where the engine does not count."""
        if not frame.counts:
            raise ParameterError(
                'dwell times are counted in every step of kind = "llg"; of a surrogate keep the exact ones'
            )

    def variables(self, frame: Frame) -> dict[str, Variable]:
        """Return three arrays over the states."""
        over = (*LANES, "state")
        return {
            "time_in_state": Variable(over, "float64", {"units": "s", "long_name": "time spent in each state"}),
            "stays": Variable(over, "int64", {"units": "1", "long_name": "stays that ended in each state"}),
            "dwell_time": Variable(over, "float64", {"units": "s", "long_name": "mean dwell time of the lane"}),
        }

    def coordinates(self, frame: Frame) -> dict[str, tuple[Any, dict[str, Any]]]:
        """Return the states."""
        return dict(STATE)

    def values(self, block: Block) -> dict[str, NDArray[Any]]:
        """Return the counts of the kernel."""
        share = block.statistics["parallel_share"]
        spent = block.frame.duration * np.stack([share, 1.0 - share], axis=-1)
        stays = block.statistics["transitions_into"][..., ::-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(stays > 0, spent / stays, np.nan)
        return {"time_in_state": spent, "stays": stays, "dwell_time": mean}
