"""Mathematics as a display tree, and its printers."""
