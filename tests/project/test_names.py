"""What completion offers, and what a slip of the pen is told."""

from types import ModuleType

import pytest

import mtjphys as mp


def public_modules() -> dict[str, ModuleType]:
    """Return the modules of the package that completion leads to, by name."""
    found, ahead = {}, [mp]
    while ahead:
        module = ahead.pop()
        found[module.__name__] = module
        inner = [thing for name in dir(module) if isinstance(thing := getattr(module, name), ModuleType)]
        ahead += [thing for thing in inner if thing.__name__.startswith("mtjphys.") and thing.__name__ not in found]
    return found


def test_completion_offers_public_names_alone():
    modules = public_modules()
    assert {"mtjphys.theory", "mtjphys.learning.noise", "mtjphys.core.units", "mtjphys.junction.presets"} <= {*modules}
    for name, module in modules.items():
        assert {*dir(module)} - {"__version__"} == {*module.__all__}, name
        assert not {"np", "math", "Any", "lazy_loader", "annotations"} & {*module.__all__}, name


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
