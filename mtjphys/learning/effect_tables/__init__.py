"""Accuracy against device effects, one at a time: a table, its figure, and the file from which it resumes."""

from mtjphys.learning.effect_tables.cases import standard_cases
from mtjphys.learning.effect_tables.effects_table import effects_table
from mtjphys.learning.effect_tables.table import EffectsTable

__all__ = ["EffectsTable", "effects_table", "standard_cases"]
__dir__ = __all__.copy
