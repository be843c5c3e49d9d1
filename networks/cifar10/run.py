"""CIFAR-10 learned by the paper's recipe: Figure 4 of the paper.

K. Koenders et al., "Noise-based local learning using stochastic magnetic tunnel junctions", Phys. Rev. Applied 23,
054035 (2025). Run `python networks/cifar10/run.py`; README.md has the hours it takes.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # so that this file runs from any folder

from networks.study import Entry, Study, main

STUDY = Study(
    Path(__file__).parent,
    "CIFAR-10, 3072-500-500-500-10",
    {
        "bp": Entry("Back-propagation", "bp"),
        "danp_chain": Entry("DANP, chain per unit", "simulated", 26.0),
        "danp_serial": Entry("DANP, one chain read serially", "measured", 26.0),
    },
    stand_in="cifar10",
    stand_in_epochs=6,
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
