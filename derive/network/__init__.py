"""The network as named quantities: forward, and derived backward."""
