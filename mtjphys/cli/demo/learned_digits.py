"""A network that learns the digits from the noise of live junctions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from mtjphys.cli.demo.section import SEED, Scale, Section, panels

if TYPE_CHECKING:
    from mtjphys import learning


def learned_digits(scale: Scale) -> Section:
    """Teach a network the digits by DANP from live junctions, Gaussian noise, and by back-propagation."""
    import mtjphys as mp
    from mtjphys import learning

    data = learning.digits()
    units = 100 + 10
    bias = mp.Bias(voltage=0.1, series_resistance=10e3)

    def junctions(seed: int) -> learning.JunctionNoise:
        return learning.JunctionNoise(mp.presets.schnitzspan_2023(), bias, 2.5e-9, seed=seed)

    sigma = float(junctions(SEED + 1).volts(512, units).std(axis=0).mean())
    sources: dict[str, tuple[str, learning.NoiseSource | None]] = {
        "junction": ("DANP, live junctions", junctions(SEED)),
        "chain": ("DANP, two-level chain of the paper", learning.TelegraphNoise(seed=SEED)),
        "gaussian": ("DANP, Gaussian noise", learning.GaussianNoise(sigma, seed=SEED)),
        "bp": ("back-propagation", None),
    }
    curves = {}
    rows = []
    numbers: dict[str, Any] = {"noise_standard_deviation_V": sigma}
    for kind, (label, source) in sources.items():
        perturbed = source is not None
        network = learning.Network([64, 100, 10], decorrelated=perturbed, seed=SEED)
        training = learning.Training(
            network,
            learning.DANP() if perturbed else learning.BP(),
            data,
            learning.Adam(0.02 if perturbed else 0.01),
            epochs=scale.epochs,
            noise=source,
            decorrelation=learning.Decorrelation(1e-3) if perturbed else None,
            batch_size=64,
            schedule="cosine",
            seed=SEED,
        )
        begun = time.monotonic()
        curves[label] = training.run(progress=True)
        seconds = time.monotonic() - begun
        result = learning.evaluate(network, data.test, training.loss, source)
        error = np.sqrt(result.accuracy * (1 - result.accuracy) / len(data.test.targets))
        rows.append(
            (label, f"{100 * result.accuracy:.1f} +- {100 * error:.1f} %", f"{training.updates}", f"{seconds:.1f} s")
        )
        numbers[kind] = {"test_accuracy": result.accuracy, "seconds": seconds}
    figure, ax = panels(1, 1, (4.5, 3.0))
    learning.learning_curves(curves, "validation_accuracy", ax)
    ax.set_title("", loc="left")
    ax.legend(frameon=False, fontsize="small", loc="lower right")
    text = (
        f"A 64-100-10 network, {scale.epochs} passes over the handwritten digits of scikit-learn, decorrelated "
        "activity-based node perturbation: two noisy passes a sample, no clean pass, nothing back-propagated. In the "
        f"first row each of its {units} units is perturbed by a simulated junction of its own, read every 2.5 ns while "
        "it fluctuates and heats "
        f"(standard deviation {1e3 * sigma:.2f} mV). Test data are seen once, at the end."
    )
    header = ("", "test accuracy", "updates", "time")
    return Section(
        "Handwritten digits, learned from the noise of live junctions",
        text, header, rows, figure, "learned_digits", numbers,
    )  # fmt: skip
