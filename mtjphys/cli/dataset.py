"""``mtjphys dataset``: datasets from specifications, and whether they are whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mtjphys.cli.inputs import print_table
from mtjphys.core.text import human

FEW = 5
"""Failed devices that are told one by one."""


def make(
    specification: Annotated[Path, typer.Argument(help="TOML file: devices, bias, engine, what to keep.")],
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
    with datasets.open(path) as found:
        failed = int((found.status == 0).any(("bias", "replica")).sum())
        rows = [
            ("store", str(path)),
            ("devices", f"{found.sizes['device']:,}, of which {failed:,} failed"),
            ("lanes", f"{found.status.size:,}"),
            ("arrays", ", ".join(str(name) for name in found.data_vars)),
            ("size", human(float(sum(file.stat().st_size for file in path.rglob("*") if file.is_file())), "B")),
        ]
    print_table(rows)
    if failed:
        print(f"  mtjphys dataset verify {path} says why devices failed")


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
