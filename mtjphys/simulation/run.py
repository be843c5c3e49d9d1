"""Simulate junctions, in memory or to a file, and go on with a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from mtjphys.bias import Bias
from mtjphys.core.checks import as_seconds
from mtjphys.core.errors import DataError, ParameterError, SimulationInterrupted
from mtjphys.core.interrupt import deferred_interrupt
from mtjphys.junction import JunctionLike
from mtjphys.simulation import storage
from mtjphys.simulation.lanes import BringsSimulator, Floats, LaneSimulator, dataset
from mtjphys.simulation.names import check_output, name_of, part_of
from mtjphys.simulation.progress import Progress
from mtjphys.simulation.reading import open_run
from mtjphys.simulation.simulator import Simulator

if TYPE_CHECKING:
    import xarray as xr

LARGEST_BUFFER = 2**26  # bytes of samples between two writes


def simulator_of(junction: Any) -> Callable[..., LaneSimulator]:
    """Return `Simulator`, or what stand-ins for junctions bring along instead."""
    first = junction[0] if isinstance(junction, (list, tuple)) and junction else junction
    simulator: Callable[..., LaneSimulator] = getattr(first, "simulator", Simulator)
    return simulator


def simulate(
    junction: JunctionLike | BringsSimulator | Sequence[JunctionLike | BringsSimulator],
    bias: Bias | Sequence[Bias] | None = None,
    *,
    duration: float,
    replicas: int = 1,
    seed: int | None = 0,
    step: float | None = None,
    sample_interval: float | None = None,
    integrator: str = "midpoint",
    initial: str | ArrayLike = "parallel",
    settle: float = 0.0,
    record: Sequence[str] | None = None,
    average: bool = False,
    moments: bool = False,
    thresholds: tuple[float, float] | None = None,
    output: str | Path | None = None,
    overwrite: bool = False,
    threads: int | None = None,
    first_lane: int = 0,
    progress: bool | None = None,
) -> xr.Dataset:
    """Simulate junctions under biases.

    The stochastic Landau-Lifshitz-Gilbert equation (Stratonovich; Gilbert form)

        dm/dt = -gamma m x (B + B_th) + alpha m x dm/dt - gamma a_DL m x (m x p) - gamma a_FL m x p
        <B_th,i(t) B_th,j(t')> = 2 alpha kB T/(gamma Ms V) delta_ij delta(t - t')

    for every combination of junction, bias and replica. A random stream belongs to each, keyed by (seed,
    lane): the bits do not depend on the number of threads, on chunks, or on a stop and `resume`.

    Parameters
    ----------
    junction : MTJ, str, Path, or list of these
        The devices, each itself, the name of a preset, or the path of a TOML file; or stand-ins for them, such as
        `mtjphys.surrogate.TwoState`.
    bias : Bias or list of Bias, optional
        What is applied; default 0 V, no field, 300 K.
    duration : float
        Time to simulate in s, rounded to whole sample intervals.
    replicas : int
        Copies of every junction and bias.
    seed : int or None
        Non-negative; None draws one. It is the attribute ``seed`` of the result.
    step : float, optional
        Integration step in s; None chooses one that keeps equilibrium moments within 0.5 % of Boltzmann, and
        records the reason in the attribute ``step_reason``.
    sample_interval : float, optional
        Time between samples in s; default a thousandth of the duration.
    integrator : {"midpoint", "heun"}
        The midpoint rotation, or Heun's scheme for comparison.
    initial : str or array_like
        "parallel", "antiparallel", "random", a vector, or an array that broadcasts to (device, bias,
        replica, 3).
    settle : float
        Time in s to run before time zero with the bias of time zero, neither recorded nor counted.
    record : sequence of str, optional
        What to sample: any of "m", "resistance", "voltage", "temperature"; default the first three. Of a
        surrogate: "parallel", "projection", "resistance", "voltage"; default "parallel", "resistance", "voltage".
    average : bool
        Samples are means over the sample interval instead of momentary values at its end.
    moments : bool
        Add ``m_mean``, ``m_second_moment``, ``conductance_mean`` and ``_variance``, ``voltage_mean`` over every step;
        behind a series resistance or a current source the last three take the voltage at the middle of the step.
    thresholds : tuple of two floats, optional
        Thresholds (low, high) of m.p; add ``parallel_share``, ``transitions_into`` and ``dwell_histogram`` over
        every step.
    output : str or Path, optional
        netCDF file to stream the samples to, for runs longer than memory: the Dataset returned then reads from it.
        The run is saved about every ten seconds, and `resume` continues it with the same bits, whatever ended it. While
        it goes on, or after the process was killed, the file is named ``output.part``.
    overwrite : bool
        Whether a file that is there, or the part of a killed run, may be replaced.
    threads : int, optional
        Default: the cores this process may use.
    first_lane : int
        Number of the first random stream.
    progress : bool, optional
        Show a progress bar; default at a terminal or in a notebook, after two seconds. Unless it is False, what takes
        more than a minute says beforehand how long, and how much comes of it.

    Returns
    -------
    xarray.Dataset
        Dimensions device, bias, replica, time (and component): ``m`` (1), ``resistance`` (ohm), ``voltage`` (V, across
        the junction), ``temperature`` (K), as recorded; coordinate ``time`` (s), first sample after one
        interval; attributes with all that is needed to run it again, parameters as TOML. What was varied are
        coordinates to select by: ``run.sel(applied_voltage=0.1)`` (of the source; ``voltage`` is the junction's),
        ``run.sel({"free_layer.thickness": 3e-9})``. Waveforms are beside the samples: ``applied_voltage``,
        ``applied_current``, ``applied_field_x``, ... of dimensions bias and time.

    Raises
    ------
    ParameterError
        If an argument is illegal, or a file is in the way.
    DataError
        If the file cannot be written; what was saved of it is kept.
    SimulationError
        If the step is far too large, memory does not suffice, or a result is not finite.
    SimulationInterrupted
        At Ctrl-C; a KeyboardInterrupt whose ``result`` holds what was done.

    References
    ----------
    W. F. Brown, Phys. Rev. 130, 1677 (1963); J. H. Mentink et al., J. Phys.: Condens. Matter 22, 176001 (2010).

    Examples
    --------
    >>> import mtjphys as mp
    >>> run = mp.simulate(mp.presets.schnitzspan_2023(), duration=1e-7, sample_interval=1e-9, replicas=4, seed=1)
    >>> dict(run.resistance.sizes)
    {'device': 1, 'bias': 1, 'replica': 4, 'time': 100}
    """
    duration = as_seconds("duration", duration)
    settle = as_seconds("settle", settle, open_low=False)
    if sample_interval is None:
        sample_interval = duration / 1000.0
    sample_interval = as_seconds("sample_interval", sample_interval)
    if sample_interval > duration * (1.0 + 1e-9):
        raise ParameterError(
            f"sample_interval={sample_interval:g} s is longer than duration={duration:g} s; sample more often"
        )
    simulator = simulator_of(junction)(
        junction,
        bias,
        sample_interval=sample_interval,
        replicas=replicas,
        seed=seed,
        step=step,
        integrator=integrator,
        initial=initial,
        **({} if record is None else {"record": record}),
        average=average,
        moments=moments,
        thresholds=thresholds,
        threads=threads,
        first_lane=first_lane,
    )
    n_samples = max(1, round(duration / sample_interval))
    if output is not None:
        check_output(output, overwrite)
    simulator.begin_settling(settle)
    if output is not None:
        storage.create(output, simulator, n_samples, overwrite=overwrite)
        return _stream(simulator, Path(output), n_samples, progress)
    done, arrays = 0, simulator.empty(0)
    with deferred_interrupt() as interrupt, Progress(progress, simulator, n_samples) as bar:
        for _ in simulator.go_on_settling():
            if interrupt.is_set():
                break
        else:
            for done, filled in simulator.run(n_samples):
                arrays = filled
                bar.reached(done)
                if interrupt.is_set():
                    break
    result = dataset(simulator, arrays, 0, done)
    if done < n_samples:
        raise SimulationInterrupted(
            f"interrupted after {done} of {n_samples} samples; they are in the exception's `result`", result
        )
    return result


def _stream(simulator: LaneSimulator, path: Path, n_samples: int, progress: bool | None) -> xr.Dataset:
    per_sample = 8 * simulator.n_lanes * (len(simulator.record) + 2 * ("m" in simulator.record))
    with (
        deferred_interrupt() as interrupt,
        Progress(progress, simulator, n_samples) as bar,
        storage.append(path) as writer,
    ):
        if writer.steps_done != simulator.steps_done:
            raise DataError(f"{path}: another process has continued it; wait until that has ended")
        if writer.n_samples != n_samples:
            writer.commit(simulator, n_samples)
        for _ in simulator.go_on_settling():
            if writer.is_due():
                writer.commit(simulator, n_samples)
            if interrupt.is_set():
                break
        while simulator.samples_done < n_samples and not interrupt.is_set():
            first = simulator.samples_done
            last = min(first + max(1, LARGEST_BUFFER // max(per_sample, 1)), n_samples)
            if last // writer.row * writer.row > first:
                last = last // writer.row * writer.row
            arrays: dict[str, Floats] = {}
            try:
                for _, filled in simulator.run(last - first):
                    arrays = filled
                    bar.reached(simulator.samples_done)
                    if interrupt.is_set() or writer.is_due():
                        break
            except Exception:
                writer.add(simulator, arrays, first)
                writer.commit(simulator, n_samples)
                raise
            writer.add(simulator, arrays, first)
            if writer.is_due():
                writer.commit(simulator, n_samples)
        writer.commit(simulator, n_samples)
    if simulator.samples_done < n_samples:
        raise SimulationInterrupted(
            f"interrupted; {path} holds the samples so far: continue with mtjphys.resume({str(path)!r})", path
        )
    return open_run(path)


def resume(
    path: str | Path,
    *,
    duration: float | None = None,
    threads: int | None = None,
    progress: bool | None = None,
) -> xr.Dataset:
    """Continue a run that `simulate` streamed to a file, with the same bits as if it had not stopped.

    It goes on from the last state that was saved, some ten seconds before the process was killed.

    Parameters
    ----------
    path : str or Path
        The file given as ``output``, or its part.
    duration : float, optional
        Total time in s, counted from time zero of the run; default what the run was meant to last. A longer
        one extends a finished run.
    threads : int, optional
        Default: the cores this process may use.
    progress : bool, optional
        Show a progress bar; default at a terminal or in a notebook, after two seconds. Unless it is False, what takes
        more than a minute says beforehand how long, and how much comes of it.

    Returns
    -------
    xarray.Dataset
        As of `simulate`, reading from the file.

    Raises
    ------
    DataError
        If the file is missing or damaged, holds no run that can be continued, or cannot be written.
    ParameterError
        If the duration is shorter than what is done.
    """
    path = name_of(path)
    simulator, n_samples = storage.load(path, threads)
    if duration is not None:
        n_samples = round(float(duration) / simulator.sample_interval)
        if n_samples < simulator.samples_done:
            raise ParameterError(
                f"duration={duration:g} s is less than the {simulator.samples_done * simulator.sample_interval:g} s "
                f"that {path} holds already; give a longer one"
            )
    if simulator.samples_done >= n_samples:
        if part_of(path).exists():  # killed after the last commit
            open_run(part_of(path)).close()  # a part that is damaged keeps its name
            with storage.append(path):
                pass
        return open_run(path)
    return _stream(simulator, path, n_samples, progress)
