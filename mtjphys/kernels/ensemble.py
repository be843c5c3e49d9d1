"""Run and record an ensemble of lanes: the kernels that simulations call."""

from typing import Any

from mtjphys.kernels import recording
from mtjphys.kernels.compiling import compiled, inline_with_arrays
from mtjphys.kernels.conduction import DIVIDED, STIFF
from mtjphys.kernels.loop import Settings, march
from mtjphys.kernels.memory import MX
from mtjphys.kernels.simd import WIDTH, load_lanes
from mtjphys.kernels.steppers import MIDPOINT
from mtjphys.kernels.tiles import Drawn

DRAWN = Drawn()


@inline_with_arrays
def _advance_blocks(first, last, ensemble, settings, recorder, noise, circuit, plain):  # type: ignore[no-untyped-def]
    for block in range(first, last):
        pattern = load_lanes(ensemble.state, block * WIDTH)
        march(pattern, block * WIDTH, ensemble, settings, circuit, plain, noise, recorder)


@compiled()
def run_blocks(first, last, ensemble, settings, recorder, noise):  # type: ignore[no-untyped-def]
    """Advance the blocks of `WIDTH` lanes from `first` up to `last` (excluded), with any settings."""
    _advance_blocks(first, last, ensemble, settings, recorder, noise, settings.circuit, False)


@compiled()
def run_blocks_stiff(first, last, ensemble, settings, recorder, noise):  # type: ignore[no-untyped-def]
    """Advance blocks with plain settings and a stiff source."""
    _advance_blocks(first, last, ensemble, settings, recorder, noise, STIFF, True)


@compiled()
def run_blocks_divided(first, last, ensemble, settings, recorder, noise):  # type: ignore[no-untyped-def]
    """Advance blocks with plain settings and a voltage that follows the magnetisation."""
    _advance_blocks(first, last, ensemble, settings, recorder, noise, DIVIDED, True)


@compiled()
def run_lane(i, ensemble, settings, recorder, noise):  # type: ignore[no-untyped-def]
    """Advance lane `i` alone, with any settings and the same bits as in a block."""
    march(ensemble.state[MX, i], i, ensemble, settings, settings.circuit, False, noise, recorder)


@compiled()
def run_lane_stiff(i, ensemble, settings, recorder, noise):  # type: ignore[no-untyped-def]
    """Advance lane `i` alone with plain settings and a stiff source."""
    march(ensemble.state[MX, i], i, ensemble, settings, STIFF, True, noise, recorder)


@compiled()
def run_lane_divided(i, ensemble, settings, recorder, noise):  # type: ignore[no-untyped-def]
    """Advance lane `i` alone with plain settings and a voltage that follows the magnetisation."""
    march(ensemble.state[MX, i], i, ensemble, settings, DIVIDED, True, noise, recorder)


def kernels(settings: Settings, recorder: recording.Recorder) -> tuple[Any, Any]:
    """Return the kernels for blocks and for one lane that are fastest with `settings`."""
    plain = (
        settings.scheme == MIDPOINT
        and settings.noisy
        and settings.circuit in (STIFF, DIVIDED)
        and not (settings.driven or settings.hot)
        and not (recorder.average or recorder.moments or recorder.telegraph)
    )
    if not plain:
        return run_blocks, run_lane
    if settings.circuit == STIFF:
        return run_blocks_stiff, run_lane_stiff
    return run_blocks_divided, run_lane_divided
