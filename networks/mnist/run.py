"""MNIST learned by the paper's recipe, with its noise and with live nanosecond junctions: Figure 4 of the paper.

K. Koenders et al., "Noise-based local learning using stochastic magnetic tunnel junctions", Phys. Rev. Applied 23,
054035 (2025). Run `python networks/mnist/run.py`; README.md has the result.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # so that this file runs from any folder

from networks.study import Entry, Study, main

STUDY = Study(
    Path(__file__).parent,
    "MNIST, 784-500-500-500-10",
    {
        "bp": Entry("Back-propagation", "bp"),
        "danp_chain": Entry("DANP, chain per unit", "simulated"),
        "danp_serial": Entry("DANP, one chain read serially", "measured"),
        "danp_chain_he": Entry("DANP, chain per unit, He's weights", "simulated"),
        "danp_serial_he": Entry("DANP, read serially, He's weights", "measured"),
        "danp_live": Entry("DANP, live junctions, He's weights", "simulated"),
    },
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
