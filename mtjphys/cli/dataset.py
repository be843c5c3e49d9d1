"""``mtjphys dataset``: datasets from specifications, and whether they are whole."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from mtjphys.cli.inputs import new_figure, print_table, save_figure
from mtjphys.core.errors import ParameterError
from mtjphys.core.parameters import known_instead, read_toml
from mtjphys.core.text import human

FEW = 5
"""Failed devices that are told one by one."""


class Format(StrEnum):
    """Layouts of exported files."""

    parquet = "parquet"
    huggingface = "huggingface"


def make(
    specification: Annotated[Path, typer.Argument(help="TOML file, or the name of a ready specification.")],
    store: Annotated[Path, typer.Argument(help="Folder to make, such as set.zarr; one that was begun goes on.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say size, time and a sample from a short trial; write nothing.")
    ] = False,
    scheduler: Annotated[str | None, typer.Option(help="address of a dask scheduler; default threads")] = None,
    threads: Annotated[int | None, typer.Option(help="default one a core")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Make a dataset, or go on with it after whatever ended it; the same specification gives the same bits."""
    from mtjphys import datasets

    if dry_run:
        print_table(datasets.estimate(specification, threads=threads).rows())
        return
    path = datasets.make(specification, store, scheduler=scheduler, threads=threads, progress=False if quiet else None)
    files = path.rglob("*") if path.is_dir() else [path]
    with datasets.open(path) as found:
        failed = int((found.status == 0).any(("bias", "replica")).sum())
        rows = [
            ("store", str(path)),
            ("devices", f"{found.sizes['device']:,}, of which {failed:,} failed"),
            ("lanes", f"{found.status.size:,}"),
            ("arrays", ", ".join(str(name) for name in found.data_vars)),
            ("size", human(float(sum(file.stat().st_size for file in files if file.is_file())), "B")),
        ]
    print_table(rows)
    if failed:
        print(f"  mtjphys dataset verify {path} says why devices failed")


def specifications(
    name: Annotated[str | None, typer.Argument(help="Which to print as TOML, to be changed.")] = None,
) -> None:
    """List the ready specifications, names that `make` takes in place of a file; with a name print that one."""
    from mtjphys import datasets

    if name is None:
        print_table([(name, read_toml(datasets.ready_file(name))["description"]) for name in datasets.READY])
    elif name not in datasets.READY:
        raise ParameterError(f"specification {name!r} is unknown; {known_instead(name, datasets.READY)}")
    else:
        print(datasets.ready_file(name).read_text(encoding="utf-8"), end="")


def info(
    store: Annotated[Path, typer.Argument(help="Dataset: a folder, or a netCDF file.")],
    figure: Annotated[Path | None, typer.Option(help=".png, .pdf or .svg; default STORE_overview.png")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a figure of that name.")] = False,
) -> None:
    """Print what is in a dataset with its statistics, read once in bounded memory, and draw an overview."""
    from mtjphys import datasets

    if figure is None:
        picture = new_figure(store.with_name(f"{store.stem}_overview.png"), overwrite=True)
    else:
        picture = new_figure(figure, overwrite)
    with datasets.open(store) as found:
        made, failed = int((found.status == 1).sum()), int((found.status == 0).sum())
        names, devices = np.unique(found.split.values, return_counts=True)
        rows = [
            ("name", str(found.attrs["title"])),
            ("made by", f"mtjphys {found.attrs['mtjphys_version']}, seed {found.attrs['seed']}"),
            ("devices", ", ".join(f"{number:,} {name}" for name, number in zip(names, devices, strict=True))),
            ("lanes", f"{made:,} of {found.status.size:,} made" + (f", {failed:,} failed" if failed else "")),
        ]
    print_table(rows)
    summaries = datasets.statistics(store)
    print_table([(name, str(summary)) for name, summary in summaries.items()])
    save_figure(datasets.overview(store, summaries), picture)
    print(f"  figure: {picture}")


def export(
    store: Annotated[Path, typer.Argument(help="Dataset: a folder, or a netCDF file.")],
    folder: Annotated[Path, typer.Argument(help="Folder to make; it is there when it is whole.")],
    format: Annotated[
        Format, typer.Option(help="parquet: files alone; huggingface: with a data card")
    ] = Format.parquet,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Write a dataset as parquet files, a lane a row."""
    from mtjphys import datasets

    path = datasets.export(store, folder, format=format.value, progress=False if quiet else None)
    files = sorted(path.rglob("*.parquet"))
    print_table(
        [
            ("folder", str(path)),
            ("files", f"{len(files):,}"),
            ("size", human(float(sum(file.stat().st_size for file in files)), "B")),
        ]
    )


def verify(
    store: Annotated[Path, typer.Argument(help="Folder of a dataset.")],
    repair: Annotated[bool, typer.Option("--repair", help="Make what is damaged or missing again.")] = False,
    scheduler: Annotated[str | None, typer.Option(help="for --repair: address of a dask scheduler")] = None,
    threads: Annotated[int | None, typer.Option(help="default one a core")] = None,
) -> None:
    """Read every file of a dataset and name each that is damaged; exit code 1 if there is one, or some are missing."""
    from mtjphys import datasets

    report = datasets.verify(store, threads=threads)
    lines = str(report).splitlines()
    told = [line for line in lines if not line.startswith("failed:")]
    failures = [line for line in lines if line.startswith("failed:")]
    print("\n".join([*told, *failures[:FEW]]))
    if len(failures) > FEW:
        print(f"failed: {len(failures) - FEW:,} more devices")
    if report.is_whole:
        print("every file is as it was written")
    elif repair:
        datasets.repair(store, scheduler=scheduler, threads=threads)
        print("made again: every file is as it was written")
    else:
        print(f"mtjphys dataset verify {store} --repair makes these again, and no others")
        raise typer.Exit(1)
