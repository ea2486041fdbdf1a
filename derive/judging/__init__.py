"""Judging hand calculations: what was written, whether it follows, and what went wrong where it does not."""
