"""The symbolic core: SymPy only."""
