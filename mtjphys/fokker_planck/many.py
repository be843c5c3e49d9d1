"""Many junctions at many biases, in threads."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from mtjphys.bias import Bias
from mtjphys.core.checks import as_count
from mtjphys.core.errors import ParameterError, SimulationError
from mtjphys.core.machine import available_cores, pool, run_all
from mtjphys.fokker_planck.kept import Kept
from mtjphys.junction.given import as_junctions

if TYPE_CHECKING:
    from mtjphys.junction import JunctionLike


class Many(NamedTuple):
    """Results of many junctions at many biases.

    Attributes
    ----------
    results : list of list
        One row a junction, one entry a bias; None where there is none.
    failures : dict
        The error of each that failed, by the numbers of junction and bias.
    """

    results: list[list[Any]]
    failures: dict[tuple[int, int], ParameterError | SimulationError]


class _Result(NamedTuple):
    value: Any
    nbytes: int


_LARGEST = 100_000_000  # bytes
_RESULTS: Kept[_Result] = Kept(_LARGEST)


def many(
    function: Callable[..., Any],
    junctions: JunctionLike | Sequence[JunctionLike],
    biases: Bias | Sequence[Bias],
    *,
    threads: int | None = None,
    **options: Any,
) -> Many:
    """Return what a function of this package says of each junction at each bias.

    A junction without an answer at a bias is reported, and the others are kept. Results do not depend on the number of
    threads. Those of the last calls are kept too, up to 100 MB of numbers: what was asked before costs nothing.

    Parameters
    ----------
    function : callable
        Of a junction and a bias: `dwell_times`, `sensitivities`, `switching_probability`.
    junctions : MTJ, str or Path, or list of these
        The junctions, names of presets, or TOML files.
    biases : Bias or list of Bias
        Constant biases.
    threads : int, optional
        By default the cores that this process may use. The linear algebra of each stays on one.
    **options
        Passed on to the function.

    Returns
    -------
    Many
        Results by junction and bias, and failures.

    Raises
    ------
    ParameterError
        If `threads` is not a positive whole number.

    Examples
    --------
    >>> import mtjphys as mp
    >>> from mtjphys.fokker_planck import dwell_times, many
    >>> layer = mp.FreeLayer(
    ...     saturation_magnetisation=1e6, volume=1e-24, damping=0.1,
    ...     demagnetising_factors=(0, 0, 0), uniaxial_anisotropy=(2e4, (0, 0, 1)))
    >>> found = many(dwell_times, mp.MTJ(free_layer=layer), [mp.Bias(field=(0, 0, b)) for b in (0.0, 0.005, 1.0)])
    >>> [times is not None for times in found.results[0]]
    [True, True, False]
    >>> print(str(found.failures[0, 2])[:34])
    the junction has no second well un
    """
    rows = as_junctions(list(junctions) if isinstance(junctions, list | tuple) else [junctions])
    columns = list(biases) if isinstance(biases, list | tuple) else [biases]
    threads = available_cores() if threads is None else as_count("threads", threads)
    results: list[list[Any]] = [[None] * len(columns) for _ in rows]
    failures = {}

    def solve(row: int, column: int) -> None:
        junction, bias = rows[row], columns[column]

        def make() -> _Result:
            value = function(junction, bias, **options)
            return _Result(value, _size(value))

        try:
            kept = _RESULTS.get((function, junction, bias, _frozen(options)), make)
            # A copy, since what is kept must not change with it.
            results[row][column] = kept.value if kept.nbytes > _LARGEST else pickle.loads(pickle.dumps(kept.value))
        except (ParameterError, SimulationError) as error:
            failures[row, column] = error

    tasks = [(solve, (row, column)) for row in range(len(rows)) for column in range(len(columns))]
    with threadpool_limits(1, "blas"), pool(threads) as workers:
        run_all(workers, tasks)
    return Many(results, dict(sorted(failures.items())))


def _size(value: Any) -> int:
    """Return about how many bytes a result holds, so many that it is not kept where it is no collection of numbers."""
    try:
        return len(pickle.dumps(value))
    except (pickle.PicklingError, AttributeError, TypeError):
        return 2 * _LARGEST


def _frozen(value: Any) -> Hashable:
    """Return options as something that can be a key."""
    if isinstance(value, dict):
        return tuple((name, _frozen(value[name])) for name in sorted(value))
    if isinstance(value, list | tuple):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    hashable: Hashable = value
    return hashable
