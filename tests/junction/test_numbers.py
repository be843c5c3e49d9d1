"""Numbers of a junction by their path."""

from laboratories import FREE, perpendicular

from mtjphys.junction.numbers import value_of, with_values


def test_values_are_read_and_set_by_path() -> None:
    junction = perpendicular()
    changed = with_values(
        junction, {FREE[0]: 3e4, "reference.stray_field.x": 2e-3, "reference.stray_field.z": 4e-3, FREE[2]: 0.05}
    )
    assert changed.free_layer.uniaxial_anisotropy == (3e4, (0.0, 0.0, 1.0))
    assert changed.reference.stray_field == (2e-3, 0.0, 4e-3)
    assert [value_of(changed, name) for name in FREE] == [3e4, 4e-3, 0.05]
    assert value_of(junction, "heating.thermal_resistance") is None
    assert value_of(junction, "free_layer.nothing") is None
