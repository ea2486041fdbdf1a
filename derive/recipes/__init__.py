"""Layer types, cells, update rules and functions as texts; nothing here is code."""
