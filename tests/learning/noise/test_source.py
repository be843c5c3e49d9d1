"""The conversion of volts, and what holds for every source."""

from pathlib import Path

import numpy as np

from mtjphys import learning
from mtjphys.learning import NOISES, TelegraphNoise


def test_conversion_to_preactivation_is_as_declared():
    raw = TelegraphNoise(seed=5).volts(4, 3)
    source = TelegraphNoise(seed=5, gain=100.0, offset=0.04)
    eps = learning.perturbation(source, 4, 3, np.float64)
    np.testing.assert_allclose(eps, 100.0 * (raw.astype(float) - 0.04), rtol=1e-12)
    np.testing.assert_array_equal(learning.perturbation(TelegraphNoise(seed=5), 4, 3), raw)  # the paper: raw volts


def test_conversion_leaves_what_the_source_keeps_alone():
    class Kept:
        gain, offset = 2.0, 0.5
        table = np.ones((4, 3), np.float32)

        def volts(self, n_samples, n_units):
            return self.table

    source = Kept()
    for _ in range(2):
        np.testing.assert_array_equal(learning.perturbation(source, 4, 3), np.ones((4, 3)))


def test_every_source_has_a_test_that_checks_it():
    for kind, source in NOISES.items():
        module = source.__module__.rpartition(".")[2]
        text = (Path(__file__).parent / f"test_{module}.py").read_text(encoding="utf-8")
        assert "check_source(" in text and f'"kind": "{kind}"' in text
