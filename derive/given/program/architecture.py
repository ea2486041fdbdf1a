"""A problem file with anything that plain layered networks have not: own architectures, asked down to one formula each.

Read are both forms, layers and formulas; what comes out is a chain of formulas with a program behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import get_args

from derive.errors import ProblemError
from derive.formula.losses import LOSSES
from derive.given import fields
from derive.given.domain import CannotError, worked
from derive.given.formula_problem import FormulaProblem
from derive.given.problem import Batch, BiasSign, Carry, Display, Notation, Number
from derive.given.program import language, plan, recipes
from derive.given.program.builder import Builder
from derive.given.program.layers import Flow, Layers
from derive.given.program.model import Block, Key
from derive.given.program.places import Place
from derive.given.program.plan import Plan, Weighed
from derive.given.program.recognise import MORE_LOSSES
from derive.given.program.samples import Sample, read_samples

LONGEST_TITLE, LONGEST_SOURCE = 200, 2000
_COMMON = ("title", "source", "learning_rate", "ask", "training", "update", "functions", "display", "maximise")
_LAYERED = ("loss", "losses", "loss_weights", "inputs", "targets", "samples", "layers", "conventions")
_FORMULAS = ("given", "define", "objective", "wrt")
_CONVENTIONS = ("weight_names", "train_biases", "bias_sign", "batch", "layout", "bias_input", "time", "update")
_DISPLAY = ("notation", "digits", "decimals", "carry", "bold_arrays", "decimal_mark")


def architecture_from(given: Mapping[str, object], name: str) -> FormulaProblem:
    """The problem that a parsed file describes.

    Raises
    ------
    ProblemError
        If a key is missing, unknown, or holds what is not allowed, or something has no value at the given numbers.
    """
    layered = "layers" in given
    fields.only_keys(given, (*_COMMON, *(_LAYERED if layered else _FORMULAS)), "")
    if "title" not in given:
        raise ProblemError("missing; every problem needs a title", key="title")
    title = fields.text(given["title"], "title", longest=LONGEST_TITLE, lines=False)
    if not title:
        raise ProblemError("a title of at least one character is needed", key="title")
    reading = _Layered(given) if layered else _Chain(given)
    reading.read()
    builder = reading.builder
    problem = FormulaProblem(
        name=name,
        title=title,
        source=fields.text(given.get("source", ""), "source", longest=LONGEST_SOURCE, lines=True),
        givens=tuple(builder.numbers.items()),
        definitions=tuple((each, "", formula) for each, formula in builder.definitions),
        objective=reading.objective,
        wrt=reading.wrt,
        learning_rate=reading.rate,
        display=_display(given.get("display", {})),
        program=builder.program(),
        plan=reading.plan,
        ask=_ask(given.get("ask"), builder),
        penalties=reading.penalties,
        origin=given,
        origins=tuple(builder.origins.items()),
    )
    try:
        worked(problem.structure.definitions, {each: number.value for each, number in problem.givens})
    except CannotError as error:
        where = builder.program().blocks.get(error.quantity)
        raise ProblemError(
            f"{error.quantity} has no value at the given numbers: {error.reason}", key=where.path if where else ""
        ) from None
    return problem


def _ask(given: object, builder: Builder) -> tuple[str, ...]:
    if given is None:
        return ()
    entries = fields.sequence(given, "ask", what='the ids to work out, such as ["out_y", "dy/da"]')
    if not entries:
        raise ProblemError("at least one id is needed", key="ask")
    return tuple(
        fields.text(entry, f"ask[{place}]", longest=120, lines=False).strip() for place, entry in enumerate(entries)
    )


class _Reading:
    """What both forms share: the rule, the rate, the penalties, the training."""

    def __init__(self, given: Mapping[str, object]) -> None:
        self.given = given
        self.builder = Builder()
        self.objective = ""
        self.wrt: tuple[str, ...] = ()
        self.rate: Number | None = None
        self.penalties: dict[str, Number] = {}
        self.plan = Plan()
        self.samples = 1

    def trained(self, names: Sequence[str], biases: frozenset[str], *, targets: bool, mean: bool, online: bool,
                weighed: tuple[Weighed, ...] = (), coupled: bool = False) -> None:  # fmt: skip
        """The update of these parameters, as the file wants it; none without a learning rate."""
        given = self.given
        rule, keys = plan.read_rule(given.get("update", {}))
        training = plan.read_training(given.get("training", {}), self.samples, online)
        if "learning_rate" in given and "learning_rate" in keys:
            raise ProblemError("stands at the top of the file as well; keep one of them", key="update.learning_rate")
        rate = given.get("learning_rate", keys.get("learning_rate"))
        path = "learning_rate" if "learning_rate" in given else "update.learning_rate"
        schedule = ""
        if rate is None and "update" in given:
            raise ProblemError("an update needs a learning rate", key="update.learning_rate")
        if isinstance(rate, str) and not _is_number(rate):
            schedule = rate
            used = language.names_in(language.parsed(rate, path))
            if not set(used) <= {"k", "epoch"}:
                raise ProblemError(f"a number, or a formula in k and epoch; it uses {fields.listed(used)}", key=path)
        elif rate is not None:
            self.rate = fields.number(rate, path)
            if self.rate.value <= 0:
                hint = "; to climb, write maximise = true" if self.rate.value < 0 else ""
                raise ProblemError(
                    f"the learning rate must be greater than 0; here is {self.rate.text[:60]}{hint}", key=path
                )
        if not rule.gradient and not targets:
            rule = plan.without_targets(rule)
        if not rule.gradient and not weighed:
            raise ProblemError(
                f"the rule {rule.name} is no gradient and trains one dense layer; this problem has none, or more",
                key="update.rule",
            )
        decays = fields.flag(keys.get("decay_biases", False), "update.decay_biases")
        for key in ("l1", "l2"):
            if key in keys:
                if not rule.gradient:
                    raise ProblemError(
                        f"a penalty changes the gradient, and {rule.name} uses none", key=f"update.{key}"
                    )
                self.penalties[key] = fields.number(keys[key], f"update.{key}")
        penalised = tuple(each for each in names if decays or each not in biases)
        if "penalised" in keys:
            wanted = fields.sequence(keys["penalised"], "update.penalised", what='names, such as ["w1"]')
            penalised = self._elements([str(each) for each in wanted], "update.penalised")
        has_rate = rate is not None
        self.plan = Plan(
            samples=self.samples,
            mean=mean,
            rule=rule,
            schedule=schedule,
            l1="l1" in self.penalties,
            l2="l2" in self.penalties,
            penalised=penalised if self.penalties else (),
            weighed=weighed if not rule.gradient else (),
            climb=fields.flag(given.get("maximise", False), "maximise"),
            coupled=coupled,
            **training,
        )
        self.has_rate = has_rate
        for key, _ in (*rule.options, *rule.states):
            if key in self.builder.names():
                continue

    def _elements(self, names: Sequence[str], path: str) -> tuple[str, ...]:
        """Ids of numbers and of whole arrays, as the ids of their elements."""
        blocks = {block.name: block for block in (*self.builder.given.values(), *self.builder.worked.values())}
        series: dict[str, list[Block]] = {}
        for block in (*self.builder.given.values(), *self.builder.worked.values()):
            series.setdefault(block.name, []).append(block)
        found: list[str] = []
        for place, name in enumerate(names):
            if name in self.builder.places:
                found.append(name)
            elif name in blocks:
                found += [each for block in series[name] for each in block.ids]
            else:
                known = tuple(dict.fromkeys((*self.builder.places, *blocks)))
                raise ProblemError(
                    f"{name} is neither given nor defined; {fields.nearest(name, known)}"
                    f"allowed here: {fields.listed(self.builder.names())}",
                    key=f"{path}[{place}]",
                )
        return tuple(dict.fromkeys(found))


def _is_number(text: str) -> bool:
    try:
        Number.of(text)
    except ValueError:
        return False
    return True


class _Chain(_Reading):
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
                    starts[key] = (value["start"], f"{path}.start")
                    continue
                steps = max(steps, self._series(key, value, path))
                continue
            builder.give((key, None, None), value, path, ("given", key))
        formulas = fields.table(given.get("define", {}), "define", example='u = "b*c"')
        for key, (value, path) in starts.items():
            builder.give((key, 0, None), value, path, ("given", key, "start"))
        self._define(formulas, steps, frozenset(starts))
        self._what()

    def _series(self, key: str, value: Mapping[str, object], path: str) -> int:
        fields.only_keys(value, ("over", "values"), path)
        fields.choice(value.get("over", "time"), ("time",), f"{path}.over")
        items = fields.sequence(value.get("values", ()), f"{path}.values", what="a number or a list for each step")
        if not items:
            raise ProblemError("missing; the values of the series, one for each step", key=f"{path}.values")
        for place, item in enumerate(items):
            self.builder.give((key, place + 1, None), item, f"{path}.values[{place}]", ("given", key, "values", place))
        return len(items)

    def _define(self, formulas: Mapping[str, object], steps: int, starts: frozenset[str]) -> None:
        """Definitions in their order; those that hang on a series, step by step, all of them together."""
        moving = {key[0] for key in self.builder.given if key[1]}
        pending: list[str] = []
        for name, text in formulas.items():
            path = fields.inside("define", name)
            fields.name(name, path)
            tree = language.parsed(text, path)
            used = set(language.names_in(tree)) | set(language.earlier_names(tree))
            reduced = any(word in str(text) for word in (", time", ",time", "last("))
            if steps and not reduced and (used & (moving | starts) or language.earlier_names(tree)):
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
            self.wrt = self._elements([str(each) for each in entries], "wrt")
            if not self.objective:
                raise ProblemError("needs an objective, which is differentiated", key="wrt")
        self.trained(self.wrt, frozenset(), targets=True, mean=False, online=False)


class _Layered(_Reading):
    """[[layers]] with everything that is new."""

    def read(self) -> None:
        """Everything of the file."""
        given, builder = self.given, self.builder
        conventions = fields.table(given.get("conventions", {}), "conventions", example="train_biases = false")
        fields.only_keys(conventions, _CONVENTIONS, "conventions")
        pairs = read_samples(given)
        self.samples = len(pairs)
        indices: tuple[int | None, ...] = (None,) if len(pairs) == 1 else tuple(range(1, len(pairs) + 1))
        steps = 0
        inputs: dict[str, bool] = {}
        for index, pair in zip(indices, pairs, strict=True):
            for name, (value, path, origin) in pair.inputs.items():
                steps = max(steps, self._input(name, value, path, origin, index, inputs))
        entries = fields.sequence(given["layers"], "layers", what="[[layers]] entries")
        if not entries:
            raise ProblemError("at least one layer is needed", key="layers")
        naming = conventions.get("weight_names", "target-major")
        if isinstance(naming, str):
            fields.choice(naming, ("target-major", "source-major"), "conventions.weight_names")
        layers = Layers(
            builder=builder,
            entries=entries,  # type: ignore[arg-type]
            activations=recipes.Activations(fields.table(given.get("functions", {}), "functions", example='g = "net"')),
            samples=indices,
            steps=steps,
            inputs=inputs,
            numbering=naming if isinstance(naming, (str, Sequence)) else "target-major",
            bias_sign=fields.choice(conventions.get("bias_sign", "added"), get_args(BiasSign), "conventions.bias_sign"),
            bias_input=-1 if conventions.get("bias_input", 1) == -1 else 1,
            layout=fields.choice(conventions.get("layout", "rows"), ("rows", "columns"), "conventions.layout"),
        )
        layers.read()
        self.layers = layers
        batch = fields.choice(conventions.get("batch", "sum"), get_args(Batch), "conventions.batch")
        targets = self._errors(pairs, indices, layers, conventions, batch)
        train_biases = fields.flag(conventions.get("train_biases", True), "conventions.train_biases")
        names = tuple(name for name, bias in layers.trained.items() if train_biases or not bias)
        self.trained(
            names,
            frozenset(name for name, bias in layers.trained.items() if bias),
            targets=targets,
            mean=batch == "mean",
            online=batch == "online",
            weighed=self._weighed(layers, indices),
            coupled=layers.coupled,
        )
        if self.plan.rule.gradient and not self.objective:
            if self.has_rate:
                raise ProblemError(
                    "with a learning rate there is an update, which needs targets and a loss", key="loss"
                )
        self.wrt = names if self.objective or not self.plan.rule.gradient else ()

    def _input(
        self,
        name: str,
        value: object,
        path: str,
        origin: tuple[object, ...],
        sample: int | None,
        inputs: dict[str, bool],
    ) -> int:
        """Give an input; the number of its steps of time."""
        if isinstance(value, Mapping):
            fields.only_keys(value, ("over", "values", "channels"), path)
            items = fields.sequence(value.get("values", ()), f"{path}.values", what="a number or a list for each step")
            for place, item in enumerate(items):
                self.builder.give(
                    (name, place + 1, sample), item, f"{path}.values[{place}]", (*origin, "values", place)
                )
            inputs[name] = True
            return len(items)
        self.builder.give((name, None, sample), value, path, origin)
        inputs[name] = False
        return 0

    def _errors(
        self,
        pairs: Sequence[Sample],
        indices: Sequence[int | None],
        layers: Layers,
        conventions: Mapping[str, object],
        batch: str,
    ) -> bool:
        """Targets and errors, where the file has them; whether there are targets."""
        given, builder = self.given, self.builder
        if not any(pair.targets for pair in pairs):
            if "loss" in given or "losses" in given:
                raise ProblemError("a loss compares outputs with targets, and there are none", key="targets")
            return False
        flows = self._outputs(layers, pairs[0])
        for index, pair in zip(indices, pairs, strict=True):
            self._targets(pair, index, flows, layers)
        if "loss" not in given and "losses" not in given:
            return True
        losses = self._losses(given, [unit for _, units in flows for unit in units])
        for index in indices:
            self._sample_errors(index, flows, losses, layers, conventions)
        if len(indices) > 1:
            keys = [Place(name="E_total", sample=index) for index in indices]
            builder.given[("errors", None, None)] = Block(
                key=("errors", None, None), shape=(len(keys),), ids=tuple(map(str, keys))
            )
            text = "mean(E)" if batch == "mean" else "sum(E)"
            builder.define(
                ("E_total", None, None), text, "loss", scope={"E": ("errors", None, None)}, title="Error of all samples"
            )
        self.objective = "E_total"
        return True

    def _outputs(self, layers: Layers, pair: Sample) -> list[tuple[Flow, tuple[str, ...]]]:
        """The flows that have targets, each with the names of its units."""
        found = [each for each in layers.outputs if set(each[1]) & set(pair.targets)]
        if not found:
            known = [unit for _, units in layers.outputs for unit in units]
            name = next(iter(pair.targets))
            if self.builder.find((name, None, None)) or self.builder.find((name, 1, None)):
                series = self.builder.find((name, None, None)) is None
                return [(Flow(name=name, series=series), (name,))]
            raise ProblemError(
                f"{fields.shown(name)} is no output; {fields.nearest(name, known)}allowed here: {fields.listed(known)}",
                key=pair.path,
            )
        for name in pair.targets:
            if not any(name in units for _, units in found):
                known = [unit for _, units in layers.outputs for unit in units]
                raise ProblemError(
                    f"{fields.shown(name)} is no output; {fields.nearest(name, known)}"
                    f"allowed here: {fields.listed(known)}",
                    key=pair.path,
                )
        for _, units in found:
            for unit in units:
                if unit not in pair.targets:
                    raise ProblemError(f"missing: {unit}; a target is needed for each output", key=pair.path)
        return found

    def _targets(self, pair: Sample, sample: int | None, flows: Sequence[tuple[Flow, tuple[str, ...]]],
                 layers: Layers) -> None:  # fmt: skip
        for _, units in flows:
            for unit in units:
                value, path, origin = pair.targets[unit]
                if isinstance(value, Mapping):
                    items = fields.sequence(value.get("values", ()), f"{path}.values", what="one for each step")
                    for place, item in enumerate(items):
                        key = (f"t_{unit}", place + 1, sample)
                        self.builder.give(key, item, f"{path}.values[{place}]", (*origin, "values", place))
                else:
                    self.builder.give((f"t_{unit}", None, sample), value, path, origin)

    def _losses(self, given: Mapping[str, object], units: Sequence[str]) -> dict[str, str]:
        """The loss of each output unit: a name, or a formula in t and out."""
        if "losses" in given:
            if "loss" in given:
                raise ProblemError("either loss or losses, not both", key="losses")
            table = fields.table(given["losses"], "losses", example='y = "cross_entropy"')
            found = {}
            for unit in units:
                if unit not in table:
                    raise ProblemError(f"missing: {unit}; each output needs a loss", key="losses")
                found[unit] = self._loss(table[unit], f"losses.{unit}")
            return found
        return dict.fromkeys(units, self._loss(given["loss"], "loss"))

    def _loss(self, given: object, path: str) -> str:
        text = fields.text(given, path, longest=200, lines=False)
        if text in LOSSES or text in MORE_LOSSES:
            return text
        if not any(sign in text for sign in "()*+-/"):
            fields.choice(text, (*LOSSES, *MORE_LOSSES), path)
        used = language.names_in(language.parsed(text, path))
        if not set(used) <= {"t", "out"}:
            raise ProblemError(f"a formula in t and out; it uses {fields.listed(used)}", key=path)
        return text

    def _sample_errors(
        self,
        sample: int | None,
        flows: Sequence[tuple[Flow, tuple[str, ...]]],
        losses: Mapping[str, str],
        layers: Layers,
        conventions: Mapping[str, object],
    ) -> None:
        builder = self.builder
        weights = fields.table(self.given.get("loss_weights", {}), "loss_weights", example="z = 0.5")
        parts: list[str] = []
        means = False
        for flow, units in flows:
            times: tuple[int | None, ...] = (None,)
            if flow.series:
                times = tuple(range(1, layers.steps + 1))
            for time in times:
                out = builder.find((flow.name, time, sample))
                if out is None:
                    raise ProblemError(f"{flow.name} has no value here", key="loss")
                target_ids = [
                    each for unit in units for each in self._block_ids((f"t_{unit}", time, sample), f"targets.{unit}")
                ]
                if len(target_ids) != len(out.ids):
                    raise ProblemError(
                        f"{len(out.ids)} targets are needed, one for each output; here are {len(target_ids)}",
                        key="targets",
                    )
                aliased: Key = (f"t {flow.name}", time, sample)
                builder.given[aliased] = Block(key=aliased, shape=out.shape, ids=tuple(target_ids))
                loss = losses[units[0]]
                means = means or (loss in LOSSES and LOSSES[loss].mean)
                text = MORE_LOSSES.get(loss, f"{loss}(t, out)" if loss in LOSSES else loss)
                ids = [self._error_place(each, units, time, sample) for each in out.ids]
                named = builder.define(
                    (f"E {flow.name}", time, sample),
                    text,
                    "loss",
                    scope={"t": aliased, "out": out.key},
                    ids=ids,
                    title="Error of an output",
                    why=LOSSES[loss].does if loss in LOSSES and sample in (None, 1) and time in (None, 1) else "",
                )
                factor = weights.get(units[0])
                if factor is not None:
                    weight = ("loss weight " + units[0], None, None)
                    if builder.find(weight) is None:
                        builder.give(weight, factor, f"loss_weights.{units[0]}", ("loss_weights", units[0]),
                                     ids=[Place(name=f"share_{units[0]}")])  # fmt: skip
                    parts.append(f"c{len(parts)}*sum(E{len(parts)})")
                    self._scope(parts, named.key, weight)
                else:
                    parts.append(f"sum(E{len(parts)})")
                    self._scope(parts, named.key, None)
        scope, self._parts = dict(self._parts), {}
        text = " + ".join(parts)
        if means or conventions.get("time") == "mean":
            count = sum(len(builder.worked[key].ids) for each, key in scope.items() if each.startswith("E"))
            text = f"({text})/{count}" if count > 1 else text
        builder.define(("E_total", None, sample), text, "loss", scope=scope, title="Total error")

    _parts: dict[str, Key] = {}

    def _scope(self, parts: Sequence[str], error: Key, weight: Key | None) -> None:
        self._parts = {**self._parts, f"E{len(parts) - 1}": error}
        if weight is not None:
            self._parts[f"c{len(parts) - 1}"] = weight

    def _block_ids(self, key: Key, path: str) -> tuple[str, ...]:
        block = self.builder.find(key)
        if block is None:
            raise ProblemError("a target is missing for a step of time", key=path)
        return block.ids

    def _error_place(self, out: str, units: Sequence[str], time: int | None, sample: int | None) -> Place:
        place = self.builder.places[out]
        name = place.name.removeprefix("out_")
        return replace(place, name=f"E_{name}", time=time, sample=sample)

    def _weighed(self, layers: Layers, indices: Sequence[int | None]) -> tuple[Weighed, ...]:
        """What each parameter weighs, where one dense layer is trained; nothing where more are."""
        nets = layers.last_nets
        if len(nets) != len(indices) or len(layers.names) != 1:
            return ()
        found: list[Weighed] = []
        for sample, (net, out, weights, bias, x) in zip(indices, nets, strict=True):
            for row, (net_id, out_id) in enumerate(zip(net.ids, out.ids, strict=True)):
                unit = self.builder.places[out_id].name.removeprefix("out_")
                target = str(replace(self.builder.places[out_id], name=f"t_{unit}"))
                target = target if target in self.builder.places else ""
                width = len(x.ids)
                for column, source in enumerate(x.ids):
                    found.append(Weighed(parameter=weights[row * width + column], sample=sample, x=source, t=target,
                                         out=out_id, net=net_id))  # fmt: skip
                if bias is not None:
                    own = bias.ids[row if len(bias.ids) > 1 else 0]
                    minus = layers.bias_sign == "subtracted" or layers.bias_input == -1
                    found.append(Weighed(parameter=own, sample=sample, x="-1" if minus else "1", t=target, out=out_id,
                                         net=net_id))  # fmt: skip
        return tuple(found)


def _display(given: object) -> Display:
    keys = fields.table(given, "display", example="digits = 9")
    fields.only_keys(keys, _DISPLAY, "display")
    if "digits" in keys and "decimals" in keys:
        raise ProblemError("either digits (significant digits) or decimals, not both", key="display.decimals")
    default = Display()
    return Display(
        notation=fields.choice(keys.get("notation", default.notation), get_args(Notation), "display.notation"),
        digits=fields.whole(keys.get("digits", default.digits), 2, 30, "display.digits"),
        decimals=fields.whole(keys["decimals"], 0, 30, "display.decimals") if "decimals" in keys else None,
        carry=fields.choice(keys.get("carry", default.carry), get_args(Carry), "display.carry"),
    )
