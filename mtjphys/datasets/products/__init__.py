"""What is kept of the lanes: a product a file, named by its table in ``[keep]``."""

from mtjphys.datasets.products.product import LANES, PRODUCTS, Block, Frame, Product, Variable, flagged

__all__ = ["LANES", "PRODUCTS", "Block", "Frame", "Product", "Variable", "flagged"]
__dir__ = __all__.copy
