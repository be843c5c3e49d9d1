"""What a dataset says of itself: a data card to read and Croissant metadata for machines."""

from mtjphys.datasets.description.card import CARD, card
from mtjphys.datasets.description.croissant import CROISSANT, Field, as_json, croissant
from mtjphys.datasets.description.facts import Facts, facts_of

__all__ = ["CARD", "CROISSANT", "Facts", "Field", "as_json", "card", "croissant", "facts_of"]
__dir__ = __all__.copy
