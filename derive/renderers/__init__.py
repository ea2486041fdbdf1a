"""A document and its filling in every format."""
