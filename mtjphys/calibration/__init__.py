"""From measurements of a laboratory to a junction, with uncertainties."""
