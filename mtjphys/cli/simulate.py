"""``mtjphys simulate``: traces of a junction into a netCDF file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtjphys.cli.inputs import make_bias, new_file, print_table, read_junction, save_figure
from mtjphys.errors import ParameterError

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure


def simulate(
    junction: Annotated[str | None, typer.Argument(help="Preset or TOML file; may hold a [bias] table.")] = None,
    duration: Annotated[float | None, typer.Option(help="s")] = None,
    sample_interval: Annotated[float | None, typer.Option(help="s; default a thousandth of the duration")] = None,
    replicas: Annotated[int, typer.Option(help="Copies with streams of their own.")] = 1,
    seed: Annotated[int, typer.Option()] = 0,
    step: Annotated[float | None, typer.Option(help="s; default chosen from the junction")] = None,
    voltage: Annotated[float | None, typer.Option(help="V, of the source")] = None,
    current: Annotated[float | None, typer.Option(help="A, of a current source")] = None,
    field: Annotated[tuple[float, float, float] | None, typer.Option(help="T, along x y z", metavar="X Y Z")] = None,
    temperature: Annotated[float | None, typer.Option(help="K")] = None,
    series_resistance: Annotated[float | None, typer.Option(help="ohm")] = None,
    initial: Annotated[str, typer.Option(help="parallel, antiparallel or random")] = "parallel",
    settle: Annotated[float, typer.Option(help="s to run before time zero")] = 0.0,
    integrator: Annotated[str, typer.Option(help="midpoint or heun")] = "midpoint",
    average: Annotated[bool, typer.Option("--average", help="Samples are means over the sample interval.")] = False,
    output: Annotated[Path | None, typer.Option(help="netCDF; default JUNCTION.nc here")] = None,
    figure: Annotated[Path | None, typer.Option(help=".png, .pdf or .svg of the traces")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite")] = False,
    threads: Annotated[int | None, typer.Option()] = None,
    resume: Annotated[Path | None, typer.Option(help="Continue this file instead.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Simulate a junction into a netCDF file; Ctrl-C keeps what is done, and --resume continues."""
    import mtjphys as mp

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
            table,
            {
                "voltage": voltage,
                "current": current,
                "field": field,
                "temperature": temperature,
                "series_resistance": series_resistance,
            },
        )
        path = new_file(Path(f"{Path(junction).stem}.nc") if output is None else output, overwrite)
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
            threads=threads,
            progress=not quiet,
        )
    with run:
        resistance = run.resistance
        rows = [
            ("file", str(path)),
            ("lanes", str(run.lane.size)),
            ("samples a lane", f"{run.sizes['time']:,} every {run.attrs['sample_interval']:.4g} s"),
            ("step", f"{run.attrs['step']:.4g} s ({run.attrs['step_reason']})"),
            ("mean resistance", f"{float(resistance.mean()):.5g} ohm"),
            ("its standard deviation", f"{float(resistance.std()):.4g} ohm"),
        ]
        print_table(rows)
        if figure is not None:
            save_figure(plot(run), figure)
            print(f"  figure: {figure}")


def plot(run: xr.Dataset, lanes: int = 3, samples: int = 2000) -> Figure:
    """Return a figure of the first lanes' resistance against time, and its histogram over all lanes.

    Parameters
    ----------
    run : xarray.Dataset
        From `mtjphys.simulate`.
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

    values = run.resistance.values.reshape(-1, run.sizes["time"]) / 1e3
    times = run.time.values[:samples]
    exponent = int(np.clip(3 * np.floor(np.log10(times[-1]) / 3), -12, 0))
    unit = {-12: "ps", -9: "ns", -6: "us", -3: "ms", 0: "s"}[exponent].replace("us", "µs")
    figure = Figure(figsize=(6.8, 2.4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 1), sharey=True)
    for row in values[:lanes]:
        left.plot(times / 10.0**exponent, row[:samples], lw=0.6)
    left.set(xlabel=f"time ({unit})", ylabel="resistance (kΩ)")
    left.margins(x=0)
    right.hist(values.ravel(), bins=80, density=True, orientation="horizontal", color="0.45")
    right.set(xlabel="density (1/kΩ)")
    return figure
