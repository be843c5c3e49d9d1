"""The rules of `mtjphys.learning.rules` for modules, a rule a file: from passes to signals at pre-activations."""
