"""``mtjphys simulate``: traces of a junction into a netCDF file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtjphys.cli.inputs import make_bias, new_figure, new_file, print_table, quantity, save_figure
from mtjphys.core.errors import ParameterError
from mtjphys.core.text import number_of, scale_of
from mtjphys.junction import read_junction
from mtjphys.simulation.names import part_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import xarray as xr
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

PIECE = 2**22  # numbers read from a file at a time


def simulate(
    junction: Annotated[str | None, typer.Argument(help="Preset or TOML file; may hold a [bias] table.")] = None,
    duration: Annotated[float | None, quantity("s", "s, or with a unit: 10us")] = None,
    sample_interval: Annotated[float | None, quantity("s", "s; default a thousandth of the duration")] = None,
    replicas: Annotated[int, typer.Option(help="Copies with streams of their own.")] = 1,
    seed: Annotated[int, typer.Option()] = 0,
    step: Annotated[float | None, quantity("s", "s; default chosen from the junction")] = None,
    voltage: Annotated[float | None, quantity("V", "V, of the source; or 50mV")] = None,
    current: Annotated[float | None, quantity("A", "A, of a current source")] = None,
    field: Annotated[tuple[str, str, str] | None, typer.Option(help="T, along x y z; or 1mT", metavar="X Y Z")] = None,
    temperature: Annotated[float | None, quantity("K", "K")] = None,
    series_resistance: Annotated[float | None, quantity("ohm", "ohm; or 10kohm")] = None,
    initial: Annotated[str, typer.Option(help="parallel, antiparallel or random")] = "parallel",
    settle: Annotated[float, quantity("s", "s to run before time zero")] = 0.0,
    integrator: Annotated[str, typer.Option(help="midpoint or heun")] = "midpoint",
    average: Annotated[bool, typer.Option("--average", help="Samples are means over the sample interval.")] = False,
    output: Annotated[Path | None, typer.Option(help="netCDF; default JUNCTION.nc here")] = None,
    figure: Annotated[Path | None, typer.Option(help=".png, .pdf or .svg of the traces")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite")] = False,
    threads: Annotated[int | None, typer.Option()] = None,
    resume: Annotated[Path | None, typer.Option(help="Continue this file instead.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Simulate a junction into a netCDF file; --resume continues it after Ctrl-C, and after whatever else ended it."""
    import mtjphys as mp

    if figure is not None:
        new_figure(figure, overwrite)
    if resume is not None:
        if junction is not None:
            raise ParameterError(f"{junction} and --resume {resume} are both given; give one of them")
        run = mp.resume(resume, duration=duration, threads=threads, progress=not quiet)
        path = resume
    else:
        if junction is None:
            raise ParameterError("no junction is given; name a preset (mtjphys info lists them) or a file")
        if duration is None:
            raise ParameterError("--duration is missing; give the time to simulate in s, e.g. 1e-6")
        device, table = read_junction(junction)
        bias = make_bias(
            junction,
            table,
            {
                "voltage": voltage,
                "current": current,
                "field": None if field is None else tuple(number_of(component, "T") for component in field),
                "temperature": temperature,
                "series_resistance": series_resistance,
            },
        )
        path = new_file(Path(f"{Path(junction).stem}.nc") if output is None else output, overwrite)
        if not overwrite and part_of(path).exists():
            raise ParameterError(
                f"{part_of(path)}: is left of a killed run; continue it with mtjphys simulate --resume {path}, "
                "or --overwrite to replace it"
            )
        run = mp.simulate(
            device,
            bias,
            duration=duration,
            sample_interval=sample_interval,
            replicas=replicas,
            seed=seed,
            step=step,
            initial=initial,
            settle=settle,
            integrator=integrator,
            average=average,
            output=path,
            overwrite=overwrite,
            threads=threads,
            progress=not quiet,
        )
    with run:
        mean, deviation, lowest, highest = statistics(run.resistance)
        rows = [
            ("file", str(path)),
            ("lanes", str(run.lane.size)),
            ("samples a lane", f"{run.sizes['time']:,} every {run.attrs['sample_interval']:.4g} s"),
            ("mean resistance", f"{mean:.5g} ohm"),
            ("its standard deviation", f"{deviation:.4g} ohm"),
        ]
        if "step" in run.attrs:  # a surrogate has none
            rows.insert(3, ("step", f"{run.attrs['step']:.4g} s ({run.attrs['step_reason']})"))
        print_table(rows)
        if figure is not None:
            save_figure(plot(run, (lowest, highest)), figure)
            print(f"  figure: {figure}")


def pieces(values: xr.DataArray) -> Iterator[NDArray[np.float64]]:
    """Yield a variable (device, bias, replica, time) as (lanes, samples) arrays that fit in any memory."""
    lanes = values.size // values.sizes["time"]
    length = max(1, PIECE // lanes)
    for first in range(0, values.sizes["time"], length):
        yield values[..., first : first + length].values.reshape(lanes, -1)


def statistics(values: xr.DataArray) -> tuple[float, float, float, float]:
    """Return mean, standard deviation, smallest and largest value of a variable longer than memory."""
    shift = float(values[0, 0, 0, 0])
    total = squares = 0.0
    lowest = highest = shift
    for piece in pieces(values):
        moved = piece - shift
        total += float(moved.sum())
        squares += float((moved**2).sum())
        lowest, highest = min(lowest, float(piece.min())), max(highest, float(piece.max()))
    mean = total / values.size
    return shift + mean, max(squares / values.size - mean**2, 0.0) ** 0.5, lowest, highest


def plot(run: xr.Dataset, limits: tuple[float, float], lanes: int = 3, samples: int = 2000) -> Figure:
    """Return a figure of the first lanes' resistance against time, and its histogram over all lanes.

    Parameters
    ----------
    run : xarray.Dataset
        From `mtjphys.simulate`.
    limits : tuple of two floats
        Smallest and largest resistance in ohm.
    lanes : int
        Lanes to show.
    samples : int
        Samples to show.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels.
    """
    import numpy as np
    from matplotlib.figure import Figure

    first = next(pieces(run.resistance[..., :samples]))[:lanes] / 1e3
    times = run.time.values[: first.shape[1]]
    margin = 0.02 * (limits[1] - limits[0]) or 1e-3 * limits[1]
    edges = np.linspace(limits[0] - margin, limits[1] + margin, 81) / 1e3
    counts = np.zeros(edges.size - 1)
    for piece in pieces(run.resistance):
        counts += np.histogram(piece / 1e3, edges)[0]
    factor, unit = scale_of(float(times[-1]), "s")
    figure = Figure(figsize=(6.8, 2.4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 1), sharey=True)
    for row in first:
        left.plot(times * factor, row, lw=0.6)
    left.set(xlabel=f"time ({unit})", ylabel="resistance (kΩ)")
    left.margins(x=0)
    right.stairs(counts / counts.sum() / np.diff(edges), edges, orientation="horizontal", fill=True, color="0.45")
    right.set(xlabel="density (1/kΩ)")
    for ax in (left, right):
        ax.spines[["top", "right"]].set_visible(False)
    return figure
