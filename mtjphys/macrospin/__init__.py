"""The junction under a bias as theory sees it: energy, wells, stability, conduction, demagnetisation."""
