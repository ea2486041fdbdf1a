"""Judging formulas as identities."""
