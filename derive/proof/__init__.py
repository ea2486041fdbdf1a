"""Every digit proved, and every figure by independent routes."""
