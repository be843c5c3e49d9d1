"""``mtjphys calibrate``: a laboratory's files to a junction, and predictions of what was not measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mtjphys.cli.inputs import print_table
from mtjphys.core.errors import ParameterError
from mtjphys.core.files import replacing

if TYPE_CHECKING:
    from mtjphys.calibration import Calibration


def calibrate(
    laboratory: Annotated[Path | None, typer.Argument(help="LAB.toml, which says what was measured.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="folder of the results")] = None,
    predict: Annotated[Path | None, typer.Option(help="CSV of conditions to predict; writes prediction.csv")] = None,
    template: Annotated[
        list[Path] | None, typer.Option(help="files of measurements: write a LAB.toml for them to OUTPUT, and stop")
    ] = None,
    starts: Annotated[int | None, typer.Option(help="searches from different junctions")] = None,
    seed: Annotated[int | None, typer.Option(help="of starts and synthetic data")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite")] = False,
) -> None:
    """Fit a junction to measurements: how sure each of its numbers is, and whether it explains the data."""
    if template:
        _template(template, output, overwrite)
        return
    if laboratory is None:
        raise ParameterError(
            "name a LAB.toml that says what was measured; mtjphys calibrate --template FILE -o LAB.toml makes one"
        )
    from tqdm import tqdm

    from mtjphys.calibration import calibrate as fit_junction
    from mtjphys.calibration.files import read_laboratory
    from mtjphys.calibration.forward import answers_kept

    folder = laboratory.with_suffix("") if output is None else output
    if (folder / "report.html").exists() and not overwrite:
        raise ParameterError(f"{folder}: holds a calibration already; name another folder, or give --overwrite")
    lab = read_laboratory(laboratory)
    start = lab.start
    options = lab.fit | {name: value for name, value in (("starts", starts), ("seed", seed)) if value is not None}
    folder.mkdir(parents=True, exist_ok=True)
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
