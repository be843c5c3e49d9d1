"""A folder of traces is one table."""

import numpy as np
import pytest

from mtjphys import telegraph
from mtjphys.core.errors import DataError, MtjphysWarning, ParameterError


def write(folder, name, up, seed=1):
    np.save(folder / name, telegraph.sample(up, 2e3, 5e-5, 5000, seed=seed).values)


def test_a_folder_against_the_field(tmp_path):
    for name, up in (("chip_-2.5mT_a.npy", 500.0), ("chip_10_Oe.npy", 1000.0), ("chip 0.005T.npy", 3000.0)):
        write(tmp_path, name, up)
    np.save(tmp_path / "chip_0mT.npy", np.ones(500))
    with pytest.warns(MtjphysWarning, match=r"chip_0mT.npy: .*every sample is 1"):
        table = telegraph.analyse_folder(tmp_path, "field", sample_interval=5e-5)
    np.testing.assert_allclose(table.field, [-2.5e-3, 0.0, 1e-3, 5e-3])
    assert table.file.values.tolist() == ["chip_-2.5mT_a.npy", "chip_0mT.npy", "chip_10_Oe.npy", "chip 0.005T.npy"]
    assert np.isnan(table.rate_up[1])
    np.testing.assert_allclose(table.rate_up[[0, 2, 3]], [500.0, 1000.0, 3000.0], rtol=0.2)
    assert table.rate_up_interval.dims == ("field", "bound")
    assert table.field.attrs["units"] == "T"


def test_values_say_what_names_do_not(tmp_path):
    for k in range(3):
        write(tmp_path, f"run{k}.npy", 1000.0 * (k + 1))
    with pytest.raises(DataError, match=r"run0.npy: its name says 0 times what voltage was applied"):
        telegraph.analyse_folder(tmp_path, "voltage", sample_interval=5e-5)
    values = {"run2.npy": 0.1, "run0.npy": 0.2}
    table = telegraph.analyse_folder(tmp_path, "voltage", sample_interval=5e-5, values=values)
    assert table.file.values.tolist() == ["run2.npy", "run0.npy"]
    with pytest.raises(ParameterError, match=r"values names 'run9.npy'"):
        telegraph.analyse_folder(tmp_path, "voltage", values={"run9.npy": 0.1})
    with pytest.raises(DataError, match=r"holds no files"):
        telegraph.analyse_folder(tmp_path, "voltage", pattern="*.csv")
    with pytest.raises(DataError, match="no such folder"):
        telegraph.analyse_folder(tmp_path / "nowhere", "voltage")
