"""Chains of formulas: from text to expressions, and what cannot be worked out at the given numbers."""
