"""The digits of scikit-learn."""

import sys

import pytest

from mtjphys import learning
from mtjphys.core.errors import MtjphysError


def test_digits_without_scikit_learn_name_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MtjphysError, match=r"mtjphys\[learn\]"):
        learning.digits()
