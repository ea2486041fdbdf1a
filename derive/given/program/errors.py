"""Targets and errors of a layered architecture: each output's own, the sum, and the sum over samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from derive.errors import ProblemError
from derive.formula.losses import LOSSES
from derive.given import fields
from derive.given.program import mistakes, syntax
from derive.given.program.builder import Builder
from derive.given.program.layers import Layers
from derive.given.program.model import Block, Flow, Key, Site, WrongLine
from derive.given.program.places import Place
from derive.given.program.recognise import MORE_LOSSES
from derive.given.program.samples import Sample

#: An output layer: what leaves it, and the names of its units.
_Output = tuple[Flow, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Errors:
    """Reads targets and losses of a file into a builder.

    Attributes
    ----------
    given : mapping
        The parsed file.
    builder : Builder
    layers : Layers
    samples : sequence of (int or None, Sample)
    mean, mean_time : bool
        Whether the error of all samples is their mean, and that of a sample the mean over the steps of time.
    """

    given: Mapping[str, object]
    builder: Builder
    layers: Layers
    samples: Sequence[tuple[int | None, Sample]]
    mean: bool
    mean_time: bool

    def read(self) -> tuple[bool, str]:
        """Whether there are targets, and the id of the total error; empty without a loss.

        Raises
        ------
        ProblemError
        """
        if not any(sample.targets for _, sample in self.samples):
            if "loss" in self.given or "losses" in self.given:
                raise ProblemError("a loss compares outputs with targets, and there are none", key="targets")
            return False, ""
        outputs = self._outputs(self.samples[0][1])
        for index, sample in self.samples:
            self._targets(sample, index, outputs)
        if "loss" not in self.given and "losses" not in self.given:
            return True, ""
        units = [unit for _, units in outputs for unit in units]
        losses = self._losses(units)
        if "delta" in self.given:
            if "huber" not in losses.values():
                raise ProblemError("only the loss huber has a delta", key="delta")
            if fields.number(self.given["delta"], "delta").value <= 0:
                raise ProblemError("a number greater than 0 is needed", key="delta")
        shares = fields.table(self.given.get("loss_weights", {}), "loss_weights", example="z = 0.5")
        fields.only_keys(shares, units, "loss_weights")
        for index, _ in self.samples:
            self._errors(index, list(self._parted(index, outputs, losses, shares)), losses)
        if len(self.samples) > 1:
            key: Key = ("errors", None, None)
            ids = tuple(str(Place(name="E_total", sample=index)) for index, _ in self.samples)
            self.builder.given[key] = Block(key=key, shape=(len(ids),), ids=ids)
            text = "mean(E)" if self.mean else "sum(E)"
            self.builder.define(("E_total", None, None), text, "loss", scope={"E": key}, title="Error of all samples")
        return True, "E_total"

    def _outputs(self, sample: Sample) -> list[_Output]:
        """The output layers that have targets, or the state of a cell that has."""
        found = [output for output in self.layers.outputs if set(output[1]) & set(sample.targets)]
        known = [unit for _, units in self.layers.outputs for unit in units]
        if not found:
            name = next(iter(sample.targets))
            series = self.builder.find((name, 1, self.samples[0][0]))
            if series is not None:
                return [(Flow(name=name, series=series.key[1] is not None), (name,))]
        named = {unit for _, units in found for unit in units}
        for name in sample.targets:
            if name not in named:
                raise ProblemError(
                    f"{fields.shown(name)} is no output; {fields.nearest(name, known)}"
                    f"allowed here: {fields.listed(known)}",
                    key=sample.path,
                )
        missing = sorted(named - set(sample.targets))
        if missing:
            raise ProblemError(
                f"missing: {fields.listed(missing)}; a target is needed for each output", key=sample.path
            )
        return found

    def _targets(self, sample: Sample, index: int | None, outputs: Sequence[_Output]) -> None:
        for unit in (unit for _, units in outputs for unit in units):
            value, path, origin = sample.targets[unit]
            if not isinstance(value, Mapping):
                self.builder.give((f"t_{unit}", None, index), value, path, origin)
                continue
            count = self.builder.give_series(f"t_{unit}", index, value, path, origin)
            if count != self.layers.steps:
                raise ProblemError(
                    f"{self.layers.steps} targets are needed, one for each step of time; here are {count}",
                    key=f"{path}.values",
                )

    def _losses(self, units: Sequence[str]) -> dict[str, str]:
        """The loss of each output unit: a name, or a formula in t and out."""
        if "losses" not in self.given:
            return dict.fromkeys(units, _loss(self.given["loss"], "loss"))
        if "loss" in self.given:
            raise ProblemError("either loss or losses, not both", key="losses")
        table = fields.table(self.given["losses"], "losses", example='y = "cross_entropy"')
        for unit in units:
            if unit not in table:
                raise ProblemError(f"missing: {unit}; each output needs a loss", key="losses")
        fields.only_keys(table, units, "losses")
        found = {unit: _loss(table[unit], f"losses.{unit}") for unit in units}
        for unit, loss in found.items():
            if loss in LOSSES and LOSSES[loss].mean and len(set(found.values())) > 1:
                raise ProblemError(
                    f"{loss} is a mean over all outputs, and here are losses of several kinds", key=f"losses.{unit}"
                )
        return found

    def _parted(
        self,
        index: int | None,
        outputs: Sequence[_Output],
        losses: Mapping[str, str],
        shares: Mapping[str, object],
    ) -> Iterator[_Output]:
        """The output layers; one whose units differ in loss or weight is taken unit by unit."""
        for flow, units in outputs:
            if len({losses[unit] for unit in units}) == 1 and not (len(units) > 1 and set(units) & set(shares)):
                yield flow, units
                continue
            for place, unit in enumerate(units):
                part = Flow(name=f"out {unit}", series=flow.series)
                for time in self.layers.times((flow,)):
                    whole = self.layers.block(flow.name, time, index)
                    self.layers.alias(part.name, time, index, (whole.ids[place],), ())
                yield part, (unit,)

    def _errors(self, index: int | None, outputs: Sequence[_Output], losses: Mapping[str, str]) -> None:
        """The error of each output of a sample, and their sum."""
        scope: dict[str, Key] = {}
        parts: list[str] = []
        of_all = False
        for flow, units in outputs:
            loss = losses[units[0]]
            of_all = of_all or (loss in LOSSES and LOSSES[loss].mean)
            share = self._share(units[0])
            for key in self._error_blocks(flow, units, loss, index):
                number = len(parts)
                scope[f"E{number}"] = key
                parts.append(f"sum(E{number})")
                if share is not None:
                    scope[f"c{number}"] = share
                    parts[-1] = f"c{number}*sum(E{number})"
        text = " + ".join(parts)
        if of_all or (self.mean_time and any(flow.series for flow, _ in outputs)):
            count = sum(len(self.builder.worked[key].ids) for name, key in scope.items() if name.startswith("E"))
            count = count if of_all else self.layers.steps
            text = f"({text})/{count}" if count > 1 else text
        self.builder.define(("E_total", None, index), text, "loss", scope=scope, title="Total error")

    def _share(self, unit: str) -> Key | None:
        """The weight of an output's error in the sum, where the file has one."""
        weights = fields.table(self.given.get("loss_weights", {}), "loss_weights", example="z = 0.5")
        if unit not in weights:
            return None
        key: Key = (f"share {unit}", None, None)
        if self.builder.find(key) is None:
            ids = [Place(name=f"share_{unit}")]
            self.builder.give(key, weights[unit], f"loss_weights.{unit}", ("loss_weights", unit), ids=ids)
        return key

    def _error_blocks(self, flow: Flow, units: Sequence[str], loss: str, index: int | None) -> Iterator[Key]:
        text = MORE_LOSSES.get(loss, f"{loss}(t, out)" if loss in LOSSES else loss)
        if loss == "huber":
            delta = fields.number(self.given.get("delta", 1), "delta").text
            text = text.replace("delta*", "" if delta == "1" else f"{delta}*").replace("delta", delta)
        for time in self.layers.times((flow,)):
            out = self.layers.block(flow.name, time, index)
            target = self._aligned(flow, units, out, time, index, loss)
            first = index in (None, 1) and time in (None, 1)
            key = (f"E {flow.name}", time, index)
            self.builder.define(
                key,
                text,
                "loss",
                scope={"t": target, "out": out.key},
                ids=[self._place(each, time, index) for each in out.ids],
                title="Error of an output",
                why=LOSSES[loss].does if loss in LOSSES and first else "",
            )
            site: Site = (key, {"t": target, "out": out.key})
            for named in mistakes.plain_mistakes(loss):
                self.builder.wrong.append(WrongLine(named=named, sites=(site,), kind="error"))
            yield key

    def _aligned(
        self, flow: Flow, units: Sequence[str], out: Block, time: int | None, index: int | None, loss: str
    ) -> Key:
        """The targets as an array shaped like the outputs."""
        ids: list[str] = []
        for unit in units:
            block = self.builder.find((f"t_{unit}", time, index))
            if block is None:
                raise ProblemError("a target is missing for a step of time", key=f"targets.{unit}")
            if loss == "hinge" and any(self.builder.numbers[name].value not in (1, -1) for name in block.ids):
                raise ProblemError("hinge needs targets of 1 or -1", key=f"targets.{unit}")
            ids += block.ids
        if len(ids) != len(out.ids):
            raise ProblemError(
                f"{len(out.ids)} targets are needed, one for each output; here are {len(ids)}", key="targets"
            )
        key: Key = (f"t {flow.name}", time, index)
        self.builder.given[key] = Block(key=key, shape=out.shape, ids=tuple(ids))
        return key

    def _place(self, out: str, time: int | None, index: int | None) -> Place:
        place = self.builder.places[out]
        return replace(place, name="E_" + place.name.removeprefix("out_"), time=time, sample=index)


def _loss(given: object, path: str) -> str:
    text = fields.text(given, path, longest=200, lines=False)
    if text in LOSSES or text in MORE_LOSSES:
        return text
    if not any(sign in text for sign in "()*+-/"):
        fields.choice(text, (*LOSSES, *MORE_LOSSES), path)
    used = syntax.names_in(syntax.parsed(text, path))
    if not set(used) <= {"t", "out"}:
        raise ProblemError(f"a formula in t and out; it uses {fields.listed(used)}", key=path)
    return text
