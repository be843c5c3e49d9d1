"""Files of a split say how many they are."""

import pytest

pa = pytest.importorskip("pyarrow")


def test_files_are_numbered_when_their_number_is_known(tmp_path, monkeypatch):
    from mtjphys.datasets.parquet import files

    monkeypatch.setattr(files, "FILE_BYTES", 1)
    table = pa.table({"a": [1.0, 2.0]})
    written = files.SplitFiles(tmp_path, "train", table.schema)
    for _ in range(2):
        written.write(table)
    assert written.end() == "train-*.parquet"
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "train-00000-of-00002.parquet", "train-00001-of-00002.parquet"
    ]  # fmt: skip
    assert files.SplitFiles(tmp_path, "test", table.schema).end() == ""
