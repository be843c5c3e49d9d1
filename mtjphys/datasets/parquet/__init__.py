"""A dataset for others: parquet files, alone or as Hugging Face reads them."""

from mtjphys.datasets.parquet.exporting import export

__all__ = ["export"]
__dir__ = __all__.copy
