"""Formulas of arrays: [given] and [define], with series and everything else that a plain chain has not."""

from __future__ import annotations

from collections.abc import Mapping

from derive.errors import ProblemError
from derive.given import fields
from derive.given.program import syntax
from derive.given.program.builder import same_steps
from derive.given.program.reading import Reading


class ChainReading(Reading):
    """[given] and [define] with arrays, series, rules."""

    def read(self) -> None:
        """Everything of the file."""
        given, builder = self.given, self.builder
        numbers = fields.table(given.get("given", {}), "given", example="a = 5")
        steps = 0
        starts: dict[str, tuple[object, str]] = {}
        for key, value in numbers.items():
            path = fields.inside("given", key)
            fields.name(key, path)
            if isinstance(value, Mapping):
                if "start" in value:
                    fields.only_keys(value, ("start",), path)
                    starts[key] = (value["start"], f"{path}.start")
                    continue
                steps = same_steps(steps, builder.give_series(key, None, value, path, ("given", key)), path)
                continue
            builder.give((key, None, None), value, path, ("given", key))
        formulas = fields.table(given.get("define", {}), "define", example='u = "b*c"')
        for key, (value, path) in starts.items():
            builder.give((key, 0, None), value, path, ("given", key, "start"))
        self._define(formulas, steps, frozenset(starts))
        self._what()

    def _define(self, formulas: Mapping[str, object], steps: int, starts: frozenset[str]) -> None:
        """Definitions in their order; those that hang on a series, step by step, all of them together."""
        moving = {key[0] for key in self.builder.given if key[1]}
        pending: list[str] = []
        for name, text in formulas.items():
            path = fields.inside("define", name)
            fields.name(name, path)
            tree = syntax.parsed(text, path)
            used = set(syntax.names_in(tree)) | set(syntax.earlier_names(tree))
            reduced = any(word in str(text) for word in (", time", ",time", "last("))
            if steps and not reduced and (used & (moving | starts) or syntax.earlier_names(tree)):
                moving.add(name)
                pending.append(name)
                continue
            self._flush(pending, formulas, steps)
            self._one(name, text, path)
        self._flush(pending, formulas, steps)

    def _flush(self, pending: list[str], formulas: Mapping[str, object], steps: int) -> None:
        for time in range(1, steps + 1):
            for name in pending:
                self.builder.define((name, time, None), str(formulas[name]), fields.inside("define", name))
        pending.clear()

    def _one(self, name: str, text: object, path: str) -> None:
        if self.builder.find((name, None, None)) is not None:
            raise ProblemError(f"{name} is given and defined; a name stands for one thing", key=path)
        self.builder.define((name, None, None), str(text), path)

    def _what(self) -> None:
        given = self.given
        if "objective" in given:
            name = fields.text(given["objective"], "objective", longest=80, lines=False).strip()
            defined = [each for each, _ in self.builder.definitions]
            if name not in defined:
                raise ProblemError(
                    f"{name} is not a defined number; {fields.nearest(name, defined)}the objective is one of "
                    f"{fields.listed(defined)}",
                    key="objective",
                )
            self.objective = name
        if "wrt" in given:
            entries = fields.sequence(given["wrt"], "wrt", what='the names to differentiate by, such as ["a", "b"]')
            self.wrt = self.elements([str(each) for each in entries], "wrt")
            if not self.objective:
                raise ProblemError("needs an objective, which is differentiated", key="wrt")
        self.trained(self.wrt, frozenset(), targets=True, mean=False, online=False)
