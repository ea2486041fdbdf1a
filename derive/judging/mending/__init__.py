"""Scripts read once more with one thing put right: a slip of the pen, cells that changed places, a given misread."""
