"""Data sets, a set a file; each is known to files by its name."""
