"""What completion offers, and what a slip of the pen is told."""

import pytest

import mtjphys as mp


@pytest.mark.parametrize("module", [mp, mp.presets], ids=["mtjphys", "presets"])
def test_completion_offers_public_names_alone(module):
    offered = dir(module)
    assert not {"np", "math", "Any", "lazy_loader", "annotations"} & set(offered)
    assert all(getattr(module, name) is not None for name in offered)


@pytest.mark.parametrize(
    ("module", "name", "words"),
    [
        (mp, "simulat", "did you mean simulate"),
        (mp.presets, "hayakawa", "did you mean hayakawa_2021"),
        (mp, "xyz", "known:"),
    ],
)
def test_a_slip_of_the_pen_is_told_what_was_probably_meant(module, name, words):
    with pytest.raises(AttributeError, match=words):
        getattr(module, name)


def test_a_field_that_looks_like_another_unit_warns():
    with pytest.warns(mp.MtjphysWarning, match=r"field=5 T is stronger .* if this is in mT"):
        mp.Bias(field=(0.0, -5.0, 0.0))
