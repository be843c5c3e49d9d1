"""What the tests of data share."""

import pytest

from mtjphys.learning.data import download


@pytest.fixture(autouse=True)
def no_data_of_the_user(monkeypatch, tmp_path):
    """Keep the tests away from the user's cache, and from the network."""
    monkeypatch.delenv(download.DATA_VARIABLE, raising=False)
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "cache"))
