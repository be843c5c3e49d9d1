"""Damage in a file is one sentence, or changes nothing that is read."""

import numpy as np
import pytest

import mtjphys as mp
from mtjphys.laboratory import traces
from mtjphys.simulation import storage
from mtjphys.simulation.reading import open_run

RUNS = {
    "junctions": (
        mp.presets.schnitzspan_2023(),
        {
            "bias": [
                mp.Bias(voltage=0.1, series_resistance=1000.0),
                mp.Bias(voltage=mp.Sine(amplitude=0.1, frequency=1e9)),
            ],
            "duration": 2e-9,
            "sample_interval": 1e-11,
            "replicas": 2,
            "moments": True,
            "thresholds": (-0.3, 0.3),
        },
    ),
    "statistics": (
        mp.presets.schnitzspan_2023(),
        {"duration": 2e-9, "sample_interval": 1e-11, "record": (), "moments": True},
    ),
    "two states": (
        mp.surrogate.from_measurement([0.0], [2e-6], [1e-6], resistance_parallel=1e3, resistance_antiparallel=2e3),
        {"duration": 2e-4, "sample_interval": 1e-6, "replicas": 3},
    ),
}


def damaged(content, stream):
    """Return a file with a bit or a byte flipped, a piece zeroed or overwritten, or its end cut off."""
    content = bytearray(content)
    where = int(stream.integers(len(content)))
    match stream.integers(5):
        case 0:
            content[where] ^= 1 << int(stream.integers(8))
        case 1:
            content[where] ^= int(stream.integers(1, 256))
        case 2:
            piece = content[where : where + 512]
            content[where : where + 512] = bytes(len(piece))
        case 3:
            piece = content[where : where + 16]
            content[where : where + 16] = stream.bytes(len(piece))
        case _:
            del content[where:]
    return bytes(content)


def everything(path):
    """Return all that is in the file, as arrays and attributes; it may fail where the run is read or continued."""
    with open_run(path) as run:
        found = {name: run[name].values for name in run.variables} | {"attributes": {**run.attrs}}
        found |= {f"attributes of {name}": {**run[name].attrs} for name in run.variables}
    simulator, n_samples = storage.load(path)
    return found | {"n_samples": n_samples, **{f"state: {k}": v for k, v in simulator.save_state().items()}}


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        if isinstance(value, dict):
            assert found[name].keys() == value.keys()
            for key in value:
                np.testing.assert_array_equal(found[name][key], value[key], err_msg=f"{name} {key}")
        else:
            np.testing.assert_array_equal(found[name], value, err_msg=name)


@pytest.mark.parametrize(("kind", "damages"), [("junctions", 50), ("statistics", 25), ("two states", 25)])
def test_damage_is_named_or_changes_nothing(tmp_path, kind, damages):
    junction, options = RUNS[kind]
    path = tmp_path / "run.nc"
    mp.simulate(junction, output=path, seed=1, **options).close()
    content, expected = path.read_bytes(), everything(path)
    stream = np.random.default_rng(20)
    named = 0
    for _ in range(damages):
        worse = damaged(content, stream)
        path.write_bytes(worse)
        try:
            found = everything(path)
        except mp.DataError as error:
            assert "\n" not in str(error) and str(path) in str(error)
            named += 1
        else:
            assert_same(found, expected)
        assert path.read_bytes() == worse
    assert [file.name for file in tmp_path.iterdir()] == ["run.nc"]
    assert named > damages / 2


def test_a_damaged_part_keeps_its_name(tmp_path):
    junction, options = RUNS["junctions"]
    path, part = tmp_path / "run.nc", tmp_path / "run.nc.part"
    mp.simulate(junction, output=path, **options).close()
    path.rename(part)
    content = bytearray(part.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    part.write_bytes(content)
    for duration in (None, 4e-9):
        with pytest.raises(mp.DataError, match=r"run\.nc(\.part)?: .* damaged"):
            mp.resume(path, duration=duration)
        assert [file.name for file in tmp_path.iterdir()] == ["run.nc.part"]
        assert part.read_bytes() == content


def test_damage_in_samples_that_are_gone_over_again_keeps_the_part(tmp_path):
    junction, options = RUNS["two states"]
    path, part = tmp_path / "run.nc", tmp_path / "run.nc.part"
    mp.simulate(junction, output=path, **options).close()
    with open_run(path) as run:
        sample = run.resistance.values[0, 0, 0, :50].tobytes()
    content = bytearray(path.read_bytes())
    content[content.index(sample) + 3] ^= 1
    path.unlink()
    part.write_bytes(content)
    with pytest.raises(mp.DataError, match=r"run\.nc.*damaged"):
        mp.resume(path, duration=4e-4)
    assert [file.name for file in tmp_path.iterdir()] == ["run.nc.part"]
    with (
        open_run(path) as run,
        pytest.raises(mp.DataError, match=r"run\.nc\.part: resistance cannot be read .*damaged"),
    ):
        run.resistance.load()


def test_damage_is_named_by_what_analyses_a_run_too(tmp_path):
    junction, options = RUNS["two states"]
    path, stream = tmp_path / "run.nc", np.random.default_rng(4)
    mp.simulate(junction, output=path, **options).close()
    content, expected = path.read_bytes(), traces.read_replicas(path)
    named = 0
    for _ in range(30):
        path.write_bytes(damaged(content, stream))
        try:
            found = traces.read_replicas(path)
        except mp.DataError as error:
            assert "\n" not in str(error) and str(path) in str(error)
            named += 1
        else:
            np.testing.assert_array_equal(found.values, expected.values)
    assert named > 15
