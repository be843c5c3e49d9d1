"""``mtjphys calibrate``: a laboratory's files to a junction, and predictions of what was not measured; many devices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mtjphys.cli.inputs import print_table
from mtjphys.core.errors import ParameterError
from mtjphys.core.files import make_folder, replacing

if TYPE_CHECKING:
    from mtjphys.calibration import Calibration


def calibrate(
    laboratory: Annotated[
        Path | None,
        typer.Argument(
            help="LAB.toml, which says what was measured; for many devices a folder of them or a wafer map."
        ),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="folder of the results")] = None,
    predict: Annotated[Path | None, typer.Option(help="CSV of conditions to predict; writes prediction.csv")] = None,
    template: Annotated[
        list[Path] | None, typer.Option(help="files of measurements: write a LAB.toml for them to OUTPUT, and stop")
    ] = None,
    starts: Annotated[int | None, typer.Option(help="searches from different junctions")] = None,
    seed: Annotated[int | None, typer.Option(help="of starts and synthetic data")] = None,
    scheduler: Annotated[str | None, typer.Option(help="address of a dask cluster, for many devices")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite")] = False,
) -> None:
    """Fit a junction to measurements: how sure each of its numbers is, and whether it explains the data.

    Of many devices each is fitted, and all together say how devices differ.
    """
    if template:
        _template(template, output, overwrite)
        return
    if laboratory is None:
        raise ParameterError(
            "name a LAB.toml that says what was measured; mtjphys calibrate --template FILE -o LAB.toml makes one"
        )
    from mtjphys.calibration.files import stands_for_devices

    several = laboratory.is_dir() or laboratory.suffix.lower() == ".csv" or stands_for_devices(laboratory)
    beside = laboratory / "calibration" if laboratory.is_dir() else laboratory.with_suffix("")
    folder = beside if output is None else output
    if (folder / "report.html").exists() and not overwrite:
        raise ParameterError(f"{folder}: holds a calibration already; name another folder, or give --overwrite")
    if several:
        if predict is not None:
            raise ParameterError("--predict is for one junction; leave it out for many devices")
        _devices(laboratory, folder, starts=starts, seed=seed, scheduler=scheduler)
        return
    if scheduler is not None:
        raise ParameterError("--scheduler is for many devices; leave it out for one junction")
    _junction(laboratory, folder, predict, starts, seed)


def _devices(laboratories: Path, folder: Path, **options: Any) -> None:
    from mtjphys.calibration import calibrate_devices

    found = calibrate_devices(laboratories, folder=folder, **options)
    title, rows = found.told()
    print(f"  {title}")
    print_table(rows)
    print(f"  report: {found.report(folder)}")


def _junction(laboratory: Path, folder: Path, predict: Path | None, starts: int | None, seed: int | None) -> None:
    from tqdm import tqdm

    from mtjphys.calibration import calibrate as fit_junction
    from mtjphys.calibration.files import read_laboratory
    from mtjphys.calibration.forward import answers_kept

    lab = read_laboratory(laboratory)
    start = lab.start
    options = lab.fit | {name: value for name, value in (("starts", starts), ("seed", seed)) if value is not None}
    make_folder(folder)
    unfinished = folder / "answers.jsonl"
    count = options.get("starts", 3)
    try:
        with answers_kept(unfinished):
            with tqdm(total=count, desc="searches", disable=None, leave=False) as bar:
                fit = fit_junction(lab.measurements, start, **options, told=bar.update)
            title, rows = fit.told()
            print(f"  {title}")
            print_table(rows)
            print(f"  report: {fit.report(folder)}")
            if predict is not None:
                print(f"  prediction: {_predict(fit, predict, folder)}")
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted; the same command again, with -o {folder}, goes on from here") from None
    unfinished.unlink(missing_ok=True)


def _template(files: list[Path], output: Path | None, overwrite: bool) -> None:
    from mtjphys.calibration.files import write_template

    if output is None:
        raise ParameterError("name the file to write: --template FILE -o LAB.toml")
    write_template(files, output, overwrite=overwrite)
    print(f"  {output}: complete it, then run: mtjphys calibrate {output} -o FOLDER")


def _predict(fit: Calibration, conditions: Path, folder: Path) -> Path:
    """Write what is expected under the conditions of a table beside them; return the path."""
    import pandas as pd

    from mtjphys.calibration.predicting import predicted_table

    try:
        table = pd.read_csv(conditions, comment="#")
    except (OSError, ValueError) as error:
        raise ParameterError(f"{conditions}: cannot be read as CSV ({error})") from None
    path = folder / "prediction.csv"
    with replacing(path) as unfinished:
        predicted_table(fit, table, str(conditions)).to_csv(unfinished, index=False)
    return path
