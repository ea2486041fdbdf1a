"""Judging figures of later rounds against whole trainings."""
