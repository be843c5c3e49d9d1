"""CIFAR-100 with the paper's network and noise, and better learning.

K. Koenders et al., "Noise-based local learning using stochastic magnetic tunnel junctions", Phys. Rev. Applied 23,
054035 (2025). Run `python networks/cifar100_better/run.py`; README.md says what did it.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # so that this file runs from any folder

from networks.study import Entry, Study, main

STUDY = Study(
    Path(__file__).parent,
    "CIFAR-100, 3072-500-500-500-100, a two-level chain per unit",
    {
        "guided": Entry("Guided", "simulated"),
        "bp": Entry("Back-propagation", "bp"),
    },
    stand_in="cifar100",
    stand_in_epochs=5,
    stand_in_test_samples=1000,
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
