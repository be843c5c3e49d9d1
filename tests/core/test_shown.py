"""What a prompt and a notebook show of parameters and results: a line, a table, and nothing of the arrays."""

import numpy as np
import pytest

import mtjphys as mp
from mtjphys.core.shown import in_full
from mtjphys.laboratory.traces import Replicas, Trace
from mtjphys.learning import ANP, CrossEntropy, JunctionNoise, Network, TelegraphNoise, digits
from mtjphys.rare_events import RareEvent, RareSwitching

JUNCTION = mp.presets.funatsu_2022()
LONG = mp.Sampled(values=np.linspace(0.0, 0.1, 1000).tolist(), interval=1e-9)


def telegraph_analysis():
    stream = np.random.default_rng(3)
    levels = np.repeat(np.arange(400) % 2, stream.geometric(0.02, 400))
    return mp.telegraph.analyse(levels + 0.1 * stream.standard_normal(levels.size), 1e-6)


def estimate():
    x, y = np.ones((8, 4), np.float32), np.zeros(8, int)
    return ANP()(Network([4, 300, 2]), x, y, CrossEntropy(), TelegraphNoise(seed=1))


SHOWN = {
    "junction": lambda: JUNCTION,
    "macrospin": lambda: mp.MTJ(
        free_layer=mp.FreeLayer(saturation_magnetisation=1e6, volume=1e-24, demagnetising_factors=(0, 0, 0))
    ),
    "bias": lambda: mp.Bias(voltage=LONG, field=(0.0, 0.0, 0.01)),
    "telegraph": telegraph_analysis,
    "equilibrium": lambda: mp.fokker_planck.equilibrium(JUNCTION),
    "rare event": lambda: RareEvent(1e-3, 1e-5, np.arange(500.0), 1e9, np.full(500, 0.5), 8, 10**9, 1e-12, 1),
    "rare switching": lambda: RareSwitching(1e-6, 1e-7, 1 - 1e-6, 1e-7, 8, 10**9, 1e-12, 1),
    "surrogate": lambda: mp.surrogate.from_fokker_planck(JUNCTION),
}
LINES = SHOWN | {
    "trace": lambda: Trace(np.arange(1e4), 1e-6, "V"),
    "replicas": lambda: Replicas(np.ones((3, 1000)), 1e-6, "V"),
    "data": lambda: digits(),
    "samples": lambda: digits().train,
    "estimate": estimate,
    "pass": lambda: estimate().first,
    "dwell": lambda: telegraph_analysis().dwell_low,
    "spectrum": lambda: telegraph_analysis().spectrum,
    "drift": lambda: telegraph_analysis().drift,
    "autocorrelation": lambda: telegraph_analysis().autocorrelation,
}


@pytest.mark.parametrize("kind", LINES)
def test_a_line_without_arrays(kind):
    line = repr(LINES[kind]())
    assert len(line) < 300 and "\n" not in line and "array(" not in line and " at 0x" not in line


@pytest.mark.parametrize("kind", SHOWN)
def test_a_notebook_gets_a_table(kind):
    table = SHOWN[kind]()._repr_html_()
    assert table.startswith("<table>") and 1 < table.count("<tr>") < 40 and len(table) < 4000


@pytest.mark.parametrize("kind", sorted(set(SHOWN) - {"bias"}))
def test_results_describe_themselves(kind):
    lines = SHOWN[kind]().describe().splitlines()
    assert len(lines) > 2 and max(map(len, lines)) < 140


def test_lines_say_what_it_is():
    assert repr(JUNCTION) == "<MTJ funatsu_2022: disc of 28 nm, 1.8 nm thick, 13.15 kohm to 22.89 kohm>"
    assert repr(mp.Bias()) == "Bias()"
    assert repr(mp.Bias(voltage=LONG)) == (
        "Bias(voltage=Sampled(values=(0.0, 0.0001001001001001001, ..., 0.1: 1,000 values), interval=1e-09))"
    )
    layer = mp.FreeLayer(saturation_magnetisation=1e6, diameter=4e-8, thickness=2e-9)
    assert repr(layer) == "FreeLayer(saturation_magnetisation=1000000.0, diameter=4e-08, thickness=2e-09)"
    assert eval(repr(layer), {"FreeLayer": mp.FreeLayer}) == layer
    assert "50.0% parallel" in repr(SHOWN["equilibrium"]())


def test_what_a_checkpoint_is_held_against_keeps_every_number():
    one = JunctionNoise(JUNCTION, mp.Bias(voltage=LONG), 1e-9)
    thicker = JUNCTION.with_parameters({"free_layer.damping": 0.0123456789})
    other = mp.Sampled(values=[*LONG.values[:500], 0.07, *LONG.values[501:]], interval=1e-9)
    texts = {in_full(JunctionNoise(j, mp.Bias(voltage=v), 1e-9)) for j in (JUNCTION, thicker) for v in (LONG, other)}
    assert len(texts) == 4 and in_full(one) in texts
    assert in_full([(1,), ()]) == "[(1,), ()]"
