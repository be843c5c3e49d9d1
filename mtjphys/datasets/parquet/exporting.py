"""Write a dataset as parquet files."""

from __future__ import annotations

import datetime
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from mtjphys.core.checks import as_choice
from mtjphys.core.errors import DataError, ParameterError
from mtjphys.core.files import sync_folder, write_text
from mtjphys.datasets.description import CARD, CROISSANT, as_json, card, croissant, facts_of
from mtjphys.datasets.parquet.files import SplitFiles
from mtjphys.datasets.parquet.rows import columns_of, rows
from mtjphys.datasets.store.reading import open_dataset
from mtjphys.datasets.use.shards import shards
from mtjphys.simulation.names import PART
from mtjphys.simulation.progress import watched

if TYPE_CHECKING:
    import xarray as xr

Format = Literal["parquet", "huggingface"]
FORMATS = ("parquet", "huggingface")
DATA = "data"
"""Folder of the files in Hugging Face's layout."""


def export(store: str | Path, folder: str | Path, *, format: Format = "parquet", progress: bool | None = None) -> Path:
    """Write a finished dataset as parquet files: a lane a row, its traces as lists.

    Columns are ``device``, ``bias``, ``replica``, ``split``, what distinguishes devices and biases, labels, traces; of
    what has states or components one for each, as ``m_x``. Every column has its unit, and a list the first value and
    the interval of its axis, in the metadata of the schema. Lanes that failed are left out. At most a shard is in
    memory.

    Parameters
    ----------
    store : str or Path
        Dataset that `mtjphys.datasets.make` has made.
    folder : str or Path
        To be made; it is there when it is whole.
    format : {"parquet", "huggingface"}
        Files ``SPLIT-00000-of-00003.parquet`` alone; or these in ``data`` with a data card and Croissant metadata,
        which ``datasets.load_dataset(folder)`` of Hugging Face reads, with the splits.
    progress : bool, optional
        A progress bar; by default where someone watches.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    DataError
        If the dataset is unfinished or damaged, or the folder cannot be written.
    ParameterError
        If the folder is there already, or the format unknown.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> import mtjphys as mp
    >>> text = '''
    ... name = "small"
    ... [devices]
    ... junction = "rehm_2023"
    ... count = 10
    ... [engine]
    ... duration = 1e-8
    ... sample_interval = 1e-10
    ... [keep.traces]
    ... '''
    >>> place = tempfile.TemporaryDirectory()
    >>> store = mp.datasets.make(text, place.name + "/set.zarr", progress=False)
    >>> folder = mp.datasets.export(store, place.name + "/parquet")
    >>> table = pd.read_parquet(folder)
    >>> list(table.columns), len(table), len(table.resistance[0])
    (['device', 'bias', 'replica', 'split', 'resistance'], 10, 100)
    >>> place.cleanup()
    """
    as_choice("format", format, FORMATS)
    store, folder = Path(store), Path(folder)
    if folder.exists():
        raise ParameterError(f"{folder}: exists already; give another name, or remove it first")
    if not folder.parent.is_dir():
        raise ParameterError(f"{folder}: the folder {folder.parent} does not exist; create it first")
    unfinished = folder.with_name(folder.name + PART)
    with open_dataset(store) as found:
        if left := int(np.count_nonzero(found.status.values == -1)):
            raise DataError(f"{store}: {left:,} of {found.status.size:,} lanes are not made yet; make it to its end")
        try:
            shutil.rmtree(unfinished, ignore_errors=True)  # of an export that was killed
            unfinished.mkdir()
            write(found, unfinished, format, watched() if progress is None else progress)
            os.replace(unfinished, folder)
            sync_folder(folder.parent)
        except OSError as error:
            raise DataError(f"{folder}: cannot be written ({error.strerror or error})") from None
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def write(found: xr.Dataset, folder: Path, format: Format, progress: bool) -> None:
    """Write all files into a folder."""
    import pyarrow as pa
    from tqdm import tqdm

    columns, facts = columns_of(found), facts_of(found)
    about = {"title": facts.name, "mtjphys_version": facts.version, "specification": facts.specification}
    schema = pa.schema([column.arrow() for column in columns], metadata=about)
    data = folder / DATA if format == "huggingface" else folder
    data.mkdir(exist_ok=True)
    splits = {split.name: SplitFiles(data, split.name, schema) for split in facts.splits}
    try:
        names = [str(name) for name in found.data_vars]
        for shard in tqdm(shards(found, names), total=found.attrs["tasks"], unit="shard", disable=not progress):
            for split, files in splits.items():
                if (table := rows(shard, columns, schema, split)) is not None:
                    files.write(table)
        patterns = {split: files.end() for split, files in splits.items()}
    finally:
        for files in splits.values():
            files.abandon()
    if format == "huggingface":
        patterns = {split: f"{DATA}/{pattern}" for split, pattern in patterns.items() if pattern}
        reading = 'from datasets import load_dataset\n\nfound = load_dataset("PATH_OF_THIS_FOLDER")'
        write_text(folder / CARD, card(facts, patterns, reading))
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        fields = [column.field() for column in columns]
        tables = croissant(facts, f"{DATA}/*.parquet", "application/x-parquet", columns=fields, published=today)
        write_text(folder / CROISSANT, as_json(tables))
    for file in data.glob("*.parquet"):
        with file.open("r+b") as opened:
            os.fsync(opened.fileno())
    for one in {folder, data}:
        sync_folder(one)
