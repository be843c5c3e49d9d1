"""The junction of the tests of circuits."""

import mtjphys as mp


def junction(*, torque_law="voltage", half_voltage=0.5, magnetoresistance=1.5, **barrier):
    """Return a junction whose conductance follows its state strongly."""
    return mp.MTJ(
        free_layer={
            "saturation_magnetisation": 1e6,
            "volume": 3e-24,
            "damping": 0.1,
            "demagnetising_factors": (0.0, 0.0, 0.0),
            "uniaxial_anisotropy": (1e3, (0.0, 0.0, 1.0)),
        },
        barrier={
            "resistance_parallel": 5000.0,
            "tunnel_magnetoresistance": magnetoresistance,
            "half_voltage": half_voltage,
            "damping_like_efficiency": 0.03,
            "torque_law": torque_law,
            **barrier,
        },
    )
