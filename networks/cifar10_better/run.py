"""CIFAR-10 with the paper's network and noise, and better learning.

K. Koenders et al., "Noise-based local learning using stochastic magnetic tunnel junctions", Phys. Rev. Applied 23,
054035 (2025). Run `python networks/cifar10_better/run.py`; README.md says what did it.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # so that this file runs from any folder

from networks.study import Entry, Study, main

STUDY = Study(
    Path(__file__).parent,
    "CIFAR-10, 3072-500-500-500-10, a two-level chain per unit",
    {
        "guided": Entry("Guided, 60 epochs", "simulated"),
        "guided_short": Entry("Guided, 20 epochs", "simulated"),
        "bp": Entry("Back-propagation, 20 epochs", "bp"),
    },
    stand_in="cifar10",
    stand_in_epochs=6,
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
