"""Augmentations, one a file; each is known to files by its name."""
