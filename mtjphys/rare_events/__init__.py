r"""Dwell times and switching probabilities far beyond the reach of a simulation, from the same equation.

Both methods branch trajectories of the stochastic Landau-Lifshitz-Gilbert equation on their way to the other state,
and assume nothing about the dynamics between: spin torque, a voltage that follows the state, heating with a memory
and a bias that changes in time are those of `mtjphys.simulate`, step by step. The state that is handed on is the
magnetisation, the voltage, the temperature and the time.

`dwell_time`: forward flux sampling [1, 2, 3]. Interfaces of an order parameter cut the way into pieces. From a run in
the well one takes the rate at which trajectories leave its core for the first interface, and where they cross it;
from there trials start, and those that reach the next interface before they are back in the core leave their states
for the trials after. The rate of escape is the rate at the first interface times the product of the shares that
succeed. The order parameter :math:`\varphi` is the energy over kT, from the ridge between the wells, negative on the
side of the first and positive beyond; energies above the ridge count as the ridge. It serves at any damping: where
precession is fast and damping low, :math:`\mathbf m\cdot\mathbf p` swings back and forth while the energy climbs.

`switching_probability`: weighted ensembles [4, 5], for a given time. All members of an ensemble run at the same time
and carry weights; again and again each is copied or dropped, so that every interval of :math:`\varphi` has its share
of members, its weight unchanged. Both the rare switching and the rare failure to switch come out of it.

Error bars come from independent repetitions. No mean depends on where the interfaces are or when members are
copied; only the error bars do. The step of the integration does matter, as it does in `mtjphys.simulate`.

[1] R. J. Allen, P. B. Warren, P. R. ten Wolde, Phys. Rev. Lett. 94, 018104 (2005). [2] R. J. Allen, C. Valeriani,
P. R. ten Wolde, J. Phys.: Condens. Matter 21, 463102 (2009). [3] C. Vogler et al., Phys. Rev. B 88,
134409 (2013). [4] G. A. Huber, S. Kim, Biophys. J. 70, 97 (1996). [5] B. W.
Zhang, D. Jasnow, D. M. Zuckerman, J. Chem. Phys. 132, 054107 (2010).
"""

from mtjphys.rare_events.forward_flux import RareEvent, dwell_time
from mtjphys.rare_events.weighted_ensembles import RareSwitching, switching_probability

__all__ = ["RareEvent", "RareSwitching", "dwell_time", "switching_probability"]
__dir__ = __all__.copy
