"""Pictures: one drawing model, laid out once, printed as SVG and as TikZ."""
