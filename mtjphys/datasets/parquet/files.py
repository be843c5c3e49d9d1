"""Parquet files of a split, each closed before it becomes too large to handle."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

FILE_BYTES = 2**28
"""Of a file before its compression."""


class SplitFiles:
    """The files of one split, in their order.

    Parameters
    ----------
    folder : Path
        Where.
    split : str
        Of which.
    schema : pyarrow.Schema
        Of their rows.
    """

    def __init__(self, folder: Path, split: str, schema: pa.Schema) -> None:
        self.folder, self.split, self.schema = folder, split, schema
        self.made: list[Path] = []
        self._writer: Any = None
        self._bytes = 0

    def write(self, table: pa.Table) -> None:
        """Write some rows as a row group."""
        import pyarrow.parquet as pq

        if self._writer is None:
            self.made.append(self.folder / f"{self.split}-{len(self.made):05d}.parquet")
            self._writer = pq.ParquetWriter(self.made[-1], self.schema, compression="zstd")
        self._writer.write_table(table, row_group_size=len(table))
        self._bytes += table.nbytes
        if self._bytes >= FILE_BYTES:
            self.end_file()

    def end_file(self) -> None:
        """Close the present file."""
        if self._writer is not None:
            self._writer.close()
        self._writer, self._bytes = None, 0

    def abandon(self) -> None:
        """Close the present file, whatever state it is in."""
        with suppress(Exception):
            self.end_file()

    def end(self) -> str:
        """Close, give the files names that say how many there are, and return their pattern; "" if there are none."""
        self.end_file()
        for number, file in enumerate(self.made):
            file.rename(file.with_name(f"{self.split}-{number:05d}-of-{len(self.made):05d}.parquet"))
        return f"{self.split}-*.parquet" if self.made else ""
