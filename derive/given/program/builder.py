"""Collects a program: each array that is given, each formula that is worked, one after the other."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from derive.errors import ProblemError
from derive.formula.expression import Expression, parts
from derive.given import fields
from derive.given.problem import Number
from derive.given.program import language, operations, syntax
from derive.given.program.model import Block, Key, Program, ShapeRow, WrongLine
from derive.given.program.places import Place
from derive.given.program.scope import Names, found_in

#: Parts of the formula of one number.
LONGEST = 4_000
#: Numbers that are worked out, in all.
MOST_QUANTITIES = 4_000
#: The same that are given.
MOST_NUMBERS = 10_000


class NotConnected:
    """Stands in place of a weight where two units are not connected."""


class Builder:
    """Collects the arrays of a program, one after the other."""

    def __init__(self) -> None:
        self.given: dict[Key, Block] = {}
        self.worked: dict[Key, Block] = {}
        #: Both, where the worked come first.
        self.blocks = ChainMap(self.worked, self.given)
        self.numbers: dict[str, Number] = {}
        self.definitions: list[tuple[str, Expression]] = []
        self.places: dict[str, Place] = {}
        #: Mistakes that layers name.
        self.wrong: list[WrongLine] = []
        #: Of each given number where it stands in the file.
        self.origins: dict[str, tuple[object, ...]] = {}
        #: Further places of those that are shared.
        self.repeated: list[tuple[str, tuple[object, ...]]] = []
        #: What is counted of each layer, where anything is.
        self.shapes: tuple[ShapeRow, ...] = ()

    def program(self) -> Program:
        """What was collected."""
        return Program(
            given=tuple(self.given.values()),
            worked=tuple(self.worked.values()),
            places=self.places,
            shapes=self.shapes,
            wrong=tuple(self.wrong),
        )

    def find(self, key: Key) -> Block | None:
        """The array of a key: in its sample, or one that all samples share; at its time, or one for all times."""
        return found_in(self.blocks, key)

    def names(self) -> tuple[str, ...]:
        """All names so far, each once."""
        found = dict.fromkeys(key[0] for key in (*self.given, *self.worked))
        return tuple(name for name in found if " " not in name)  # others are what layers call arrays among themselves

    def give(
        self,
        key: Key,
        numbers: object,
        path: str,
        origin: tuple[object, ...],
        *,
        ids: Sequence[Place | None] | None = None,
        title: str = "",
        shared: bool = False,
    ) -> Block:
        """Add numbers that the file gives: one, or lists of lists.

        Parameters
        ----------
        ids : sequence of Place or None
            What the numbers are called, if not by their places; None where none stands.
        shared : bool
            Whether a name may stand at several places, which are then one number.

        Raises
        ------
        ProblemError
        """
        shape = nested_shape(numbers, path)
        places: list[Place | None] = list(ids) if ids is not None else [*element_places(key, shape)]
        found = list(flat_numbers(numbers, shape, path, origin))
        for place, (number, where) in zip(places, found, strict=True):
            if place is None or number is None:
                continue
            name = str(place)
            if shared and self.numbers.get(name) == number:
                self.repeated.append((name, where))
                continue
            if shared and name in self.numbers:
                raise ProblemError(
                    f"{name} is {self.numbers[name].text} at one place and {number.text} at another; what is called "
                    "the same is one number", key=path,
                )  # fmt: skip
            if name in self.places:
                raise ProblemError(f"{name} is given twice; give one of them another name", key=path)
            self.places[name], self.numbers[name], self.origins[name] = place, number, where
        if len(self.numbers) > MOST_NUMBERS:
            raise ProblemError(f"more than {MOST_NUMBERS:,} given numbers", key=path)
        names = tuple("" if place is None else str(place) for place in places)
        block = Block(key=key, shape=shape, ids=names, title=title, path=path)
        self.given[key] = block
        return block

    def give_series(
        self, name: str, sample: int | None, value: Mapping[str, object], path: str, origin: tuple[object, ...]
    ) -> int:
        """Give ``over = "time", values = [...]``: a number or an array for each step; how many steps there are.

        Raises
        ------
        ProblemError
        """
        fields.only_keys(value, ("over", "values"), path)
        fields.choice(value.get("over", "time"), ("time",), f"{path}.over")
        items = fields.sequence(value.get("values", ()), f"{path}.values", what="a number or a list for each step")
        if not items:
            raise ProblemError("missing; the values of the series, one for each step", key=f"{path}.values")
        for place, item in enumerate(items):
            self.give((name, place + 1, sample), item, f"{path}.values[{place}]", (*origin, "values", place))
        return len(items)

    def define(
        self,
        key: Key,
        text: str,
        path: str,
        *,
        scope: Mapping[str, Key] | None = None,
        ids: Sequence[Place] | None = None,
        title: str = "",
        why: str = "",
    ) -> Block:
        """Add what is worked by a formula, at the step of time and in the sample of the key.

        Parameters
        ----------
        scope : mapping of str to Key
            What names of the text stand for, where that is not what they are called.

        Raises
        ------
        ProblemError
        """
        tree = syntax.parsed(text, path)
        reading = Names(self.blocks, key, scope or {})
        formulas = language.read(text, tree, path, reading)
        places = list(ids) if ids is not None else element_places(key, formulas.shape)
        if len(places) != formulas.size:
            raise ProblemError(f"{operations.shape_of(formulas)}, where {len(places)} numbers are needed", key=path)
        for formula in formulas.flat:
            if sum(1 for _ in islice(parts(formula), LONGEST + 1)) > LONGEST:
                raise ProblemError(
                    f"a number whose formula has more than {LONGEST:,} parts: give what it is made of names of its own",
                    key=path,
                )
        if len(self.definitions) + formulas.size > MOST_QUANTITIES:
            raise ProblemError(f"more than {MOST_QUANTITIES:,} numbers to work out", key=path)
        for place, formula in zip(places, formulas.flat, strict=True):
            name = str(place)
            if name in self.places:
                raise ProblemError(f"{name} stands for two things; give one of them another name", key=path)
            self.places[name] = place
            self.definitions.append((name, formula))
        block = Block(
            key=key,
            shape=formulas.shape,
            ids=tuple(map(str, places)),
            title=title,
            why=why,
            text=text.strip(),
            names=tuple(reading.used.items()),
            path=path,
        )
        self.worked[key] = block
        return block


def same_steps(steps: int, count: int, path: str) -> int:
    """The steps of time of all series of a problem, one more of which has been given; 0 where it has none.

    Raises
    ------
    ProblemError
        If they are not equally long.
    """
    if steps and count and steps != count:
        raise ProblemError(
            f"{count} step{'s' * (count > 1)} of time, where the series before has {steps}; all are equally long",
            key=f"{path}.values",
        )
    return steps or count


def element_places(key: Key, shape: tuple[int, ...]) -> list[Place]:
    """The places of the elements of an array, row by row."""
    name, time, sample = key
    if not shape:
        return [Place(name=name, time=time, sample=sample)]
    return [Place(name=name, index=index, time=time, sample=sample) for index in operations.indices(shape)]


def nested_shape(numbers: object, path: str) -> tuple[int, ...]:
    """The shape of a number, or of lists of lists that are equally long.

    Raises
    ------
    ProblemError
    """
    if isinstance(numbers, str) or not isinstance(numbers, Sequence):
        return ()
    if not numbers:
        raise ProblemError("an empty list; numbers are needed", key=path)
    inner = [nested_shape(each, f"{path}[{place}]") for place, each in enumerate(numbers)]
    if len(set(inner)) > 1:
        raise ProblemError("lists of different lengths; the rows of an array are equally long", key=path)
    if len(inner[0]) > 3:
        raise ProblemError("lists nested too deep; an array has at most four indices", key=path)
    return (len(numbers), *inner[0])


def flat_numbers(
    numbers: object, shape: tuple[int, ...], path: str, origin: tuple[object, ...]
) -> Iterator[tuple[Number | None, tuple[object, ...]]]:
    """The numbers of nested lists in reading order, each with where it stands; None for no connection."""
    if not shape:
        yield None if isinstance(numbers, NotConnected) else fields.number(numbers, path), origin
        return
    assert isinstance(numbers, Sequence)
    for place, inner in enumerate(numbers):
        yield from flat_numbers(inner, shape[1:], f"{path}[{place}]", (*origin, place))
