"""Data sets by name."""

import pytest
from picture_files import write_mnist

from mtjphys.core.errors import ParameterError
from mtjphys.learning import data as datasets


def test_data_sets_by_name(tmp_path):
    write_mnist(tmp_path)
    data = datasets.load("mnist", data_dir=tmp_path, validation_samples=4, seed=1)
    assert len(data.validation.targets) == 4
    with pytest.raises(ParameterError, match=r"data='minst' is unknown; did you mean mnist"):
        datasets.load("minst")
    with pytest.raises(ParameterError, match="'digits' do not take data_dir; known: seed"):
        datasets.load("digits", data_dir=tmp_path)
