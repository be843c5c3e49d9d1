"""Early stopping: the training ends when it no longer gets better, and goes back to its best epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtjphys.learning.network import Network


class EarlyStopping:
    """Keeps the network of the epoch with the lowest validation loss.

    Parameters
    ----------
    patience : int, optional
        Epochs without improvement before the end; None never stops and keeps nothing.
    epochs : int
        The last epoch.
    """

    def __init__(self, patience: int | None, epochs: int) -> None:
        self.patience, self.epochs = patience, epochs
        self.stopped, self.best_epoch = False, 0
        self._best: dict[str, NDArray[Any]] = {}
        self._lowest = np.inf

    def consider(self, network: Network, epoch: int, loss: float) -> None:
        """Keep the network if it is the best so far; at the end, go back to the best."""
        if self.patience is None:
            return
        if self.best_epoch == 0 or loss < self._lowest:
            self._best, self.best_epoch, self._lowest = network.state_dict(), epoch, loss
        if epoch - self.best_epoch >= self.patience or epoch == self.epochs:
            network.load_state_dict(self._best)
            self.stopped = True

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Return the best epoch and its network."""
        state = {name: np.array(getattr(self, name)) for name in ("stopped", "best_epoch")}
        return state | {"lowest": np.array(self._lowest)} | {f"best.{name}": a for name, a in self._best.items()}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Continue where the one that made `state` stopped."""
        self.stopped, self.best_epoch = bool(state["stopped"]), int(state["best_epoch"])
        self._lowest = float(state["lowest"])
        self._best = {name.removeprefix("best."): a for name, a in state.items() if name.startswith("best.")}
