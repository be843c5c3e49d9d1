"""One chain that is read serially."""

from noise_checks import check_source

from mtjphys.learning import SerialNoise, TelegraphNoise


def test_it_is_a_source_that_files_call_serial():
    table = {"kind": "serial", "inner": {"kind": "telegraph", "seed": 4}}
    check_source(lambda: SerialNoise(TelegraphNoise(seed=4)), table)


def test_the_conversion_is_that_of_the_inner_source():
    noise = SerialNoise(TelegraphNoise(seed=4, gain=3.0))
    assert (noise.gain, noise.offset) == (3.0, 0.0)
