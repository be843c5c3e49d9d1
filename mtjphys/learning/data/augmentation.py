"""Augmentation: training images changed at random, so that no two epochs see the same."""

from __future__ import annotations

from typing import Any

from mtjphys.learning.tables import Choices

AUGMENTATIONS: Choices[Any] = Choices("augmentation", "name", "mtjphys.learning.data.augmentations", bare=True)
"""Augmentations by the name that files give them."""
