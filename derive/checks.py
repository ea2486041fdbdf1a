"""What a comparison of independent routes to one quantity found."""

from __future__ import annotations

from dataclasses import dataclass

#: Below this no figure is told from 0.
SMALLEST = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One quantity by several routes.

    Attributes
    ----------
    quantity : str
    routes : tuple of str
        Names of the routes; the first is the proved value.
    values : tuple of float or None
        One a route; None where a route gives none (a derivative at a kink).
    error : float
        Largest absolute difference from the proved value.
    tolerance : float
        What is allowed, for this quantity's condition.
    frozen : bool
        Whether it is the derivative with frozen weights of a problem whose update is sequential.
    """

    quantity: str
    routes: tuple[str, ...]
    values: tuple[float | None, ...]
    error: float
    tolerance: float
    frozen: bool = False

    @property
    def ok(self) -> bool:
        """Whether all routes agree."""
        return self.error <= self.tolerance
