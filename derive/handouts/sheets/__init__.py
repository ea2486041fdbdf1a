"""Worksheets and keys, as data and in every format."""
