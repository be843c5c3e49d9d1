"""Tables of numbers from files: columns with names and units, as instruments and laboratories write them.

Every file that holds no table is refused with one sentence that names the file, the line where there is one, what was
found and what was expected. Traces and measurements are read through here alone.
"""

from mtjphys.laboratory.tables.columns import Column
from mtjphys.laboratory.tables.reading import open_table, read_columns
from mtjphys.laboratory.tables.table import TableFile, find_column

__all__ = ["Column", "TableFile", "find_column", "open_table", "read_columns"]
