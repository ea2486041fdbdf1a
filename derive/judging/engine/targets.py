"""What a step should come to by each way of working it out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from derive.judging.engine.ball_arrays import BallArray, Floats, Mask
from derive.judging.engine.sweep import Image, Sweep


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a step should come to by one way, for some students.

    Attributes
    ----------
    sweep : Sweep
        Over these students.
    name : str
    image : Image
    truth : balls
    centre, reach : balls, floats
    tainted : mask
        Whose nearest figures are not all right.
    """

    sweep: Sweep
    name: str
    image: Image
    truth: BallArray
    centre: BallArray
    reach: Floats
    tainted: Mask

    @classmethod
    def of(cls, sweep: Sweep, name: str, truth: BallArray) -> Target:
        """The target of a sweep; where no figure is used it is the exact value, which may be known better.

        Parameters
        ----------
        sweep : Sweep
        name : str
        truth : balls
            The exact values, for all students of the sheet.
        """
        image = sweep.image(name)
        reach, tainted, used = sweep.reach(image.dual), sweep.tainted(image), sweep.used(image)
        centre = image.dual.centre
        if not used.all():
            exact = truth if sweep.rows is None else truth.take(sweep.rows)
            centre, reach = centre.where(used, exact), np.where(used, reach, 0.0)
        return cls(sweep=sweep, name=name, image=image, truth=truth, centre=centre, reach=reach, tainted=tainted)

    def firm(self, figures: BallArray, half: Floats) -> Mask:
        """Whose figures follow where those of too few digits are taken as they stand."""
        reach = self.sweep.reach(self.image.dual, firm=True)
        whole = self.sweep.full(np.asarray(reach >= self.sweep.reach(self.image.dual)))
        return whole | self.sweep.full(figures.meets(self.centre, half + reach))

    def take(self, keep: Mask) -> Target:
        """The same, for those students whom the mask keeps."""
        if keep.all():
            return self
        rows = np.flatnonzero(keep)
        sweep = self.sweep
        assert sweep.rows is not None
        part = Sweep(sweep.way, sweep.sheet, sweep.givens, sweep.rows[rows])
        return Target.of(part, self.name, self.truth)
