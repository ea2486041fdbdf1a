"""The independent core: NumPy in matrix form, every slope written by hand, no SymPy and no symbolic derivation."""

from derive.numeric.derivatives import central_differences, complex_step, unit_derivatives
from derive.numeric.network import Network
from derive.numeric.passes import Backward, Forward, Gradients, backward, forward
from derive.numeric.quantities import frozen_gradient, numeric_gradient, values
from derive.numeric.training import Round, Training, round_, train, update

__all__ = [
    "Backward",
    "Forward",
    "Gradients",
    "Network",
    "Round",
    "Training",
    "backward",
    "central_differences",
    "complex_step",
    "forward",
    "frozen_gradient",
    "numeric_gradient",
    "round_",
    "train",
    "unit_derivatives",
    "update",
    "values",
]
