"""Kinds of number, and code that runs formulas on them."""
