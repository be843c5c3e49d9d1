"""``mtjphys analyse``: a trace to telegraph states, dwell times and spectra."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mtjphys.cli.inputs import new_figure, new_file, print_table, quantity, save_figure
from mtjphys.core.errors import ParameterError
from mtjphys.core.files import replacing


def analyse(
    file: Annotated[Path, typer.Argument(help="Trace: CSV, parquet, netCDF or npy.")],
    column: Annotated[str | None, typer.Option(help="Column or variable of the values.")] = None,
    sample_interval: Annotated[float | None, quantity("s", "s between samples, if the file has no time")] = None,
    method: Annotated[str, typer.Option(help="hmm or threshold")] = "hmm",
    levels: Annotated[int, typer.Option(help="number of levels, 2 to 8; 0 for as many as there are")] = 2,
    hysteresis: Annotated[float | None, typer.Option(help="of thresholds, over the distance of the levels")] = None,
    dead_time: Annotated[float | None, quantity("s", "s, shortest stay that is trusted")] = None,
    detrend: Annotated[float | None, quantity("s", "s, take off a drift that is slower than this")] = None,
    device: Annotated[int | None, typer.Option(help="of a simulated file")] = None,
    bias: Annotated[int | None, typer.Option(help="of a simulated file")] = None,
    replica: Annotated[int | None, typer.Option(help="of a simulated file; default all of them, pooled")] = None,
    figure: Annotated[Path | None, typer.Option(help=".png, .pdf or .svg; default FILE_telegraph.png")] = None,
    output: Annotated[Path | None, typer.Option(help="netCDF with all results")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite")] = False,
) -> None:
    """Fit the levels of a trace; print dwell times, rates and levels, and draw the figure."""
    from mtjphys import telegraph

    if not file.is_file():
        raise ParameterError(f"{file}: {'is a folder' if file.is_dir() else 'no such file'}; name a trace")
    if figure is None:
        picture = new_figure(file.with_name(f"{file.stem}_telegraph.png"), overwrite=True)
    else:
        picture = new_figure(figure, overwrite)
    if output is not None:
        new_file(output, overwrite)
    result = telegraph.analyse(
        file,
        sample_interval,
        method,
        dead_time,
        variable=column,
        device=device,
        bias=bias,
        replica=replica,
        levels=levels or None,
        hysteresis=hysteresis,
        detrend=detrend,
    )
    rows = []
    for name, value, unit, interval in result.summary():
        text = f"{value:.5g} {unit}".rstrip()
        if interval is not None:
            text += f"  [{interval[0]:.5g}, {interval[1]:.5g}]"
        rows.append((name.replace("_", " "), text))
    print_table(rows)
    save_figure(telegraph.figure(result), picture)
    print(f"  figure: {picture}")
    if output is not None:
        with replacing(output) as unfinished:
            result.to_dataset().to_netcdf(unfinished, engine="h5netcdf")
        print(f"  results: {output}")
