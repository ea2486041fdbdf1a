"""What both forms of own architectures share: the rule, the rate, the penalties, the training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.errors import ProblemError
from derive.given import fields
from derive.given.common_keys import read_rate
from derive.given.problem import Number
from derive.given.program import plan, syntax
from derive.given.program.builder import Builder
from derive.given.program.mistakes import with_mistakes
from derive.given.program.model import Block
from derive.given.program.plan import Plan, Weighed


class Reading:
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
            used = syntax.names_in(syntax.parsed(rate, path))
            if not set(used) <= {"k", "epoch"}:
                raise ProblemError(f"a number, or a formula in k and epoch; it uses {fields.listed(used)}", key=path)
        elif rate is not None:
            self.rate = read_rate(rate, path, below="; to climb, write maximise = true")
        if not rule.gradient and not targets:
            rule = plan.without_targets(rule)
        rule = with_mistakes(rule, keys)
        if not rule.gradient and not weighed:
            raise ProblemError(
                f"the rule {rule.name} is no gradient and trains one dense layer; this problem has none, or more",
                key="update.rule",
            )
        if not rule.gradient and targets and any(not use.t for use in weighed):
            raise ProblemError(f"the rule {rule.name} needs a plain number as the target of each output", key="targets")
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
            penalised = self.elements([str(each) for each in wanted], "update.penalised")
        self._check_stop(str(training["stop"]), rule, int(training["batch"]), rate)
        self.has_rate = rate is not None
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

    def _check_stop(self, stop: str, rule: plan.Rule, batch: int, rate: object) -> None:
        """Refuse a stop that nothing can reach."""
        path = "training.stop"
        if stop and rate is None:
            raise ProblemError("without a learning rate there is no update, and nothing to stop", key=path)
        if stop.startswith("cost") and not self.penalties:
            raise ProblemError("there is no cost without a penalty (l1 or l2); write E_total", key=path)
        if stop.startswith("norm_gradient") and not rule.gradient:
            raise ProblemError(f"the rule {rule.name} uses no gradient", key=path)
        if stop.startswith("norm_gradient") and batch < self.samples:
            raise ProblemError("the gradient of all samples is worked where an update takes all of them", key=path)
        if stop.startswith(("E_total", "cost")) and self.objective not in ("E_total", "") and "E_total" in stop:
            raise ProblemError(f"there is no E_total; the objective is {self.objective}", key=path)

    def elements(self, names: Sequence[str], path: str) -> tuple[str, ...]:
        """Ids of numbers and of whole arrays, as the ids of their elements."""
        series: dict[str, list[Block]] = {}
        for block in (*self.builder.given.values(), *self.builder.worked.values()):
            series.setdefault(block.name, []).append(block)
        found: list[str] = []
        for place, name in enumerate(names):
            if name in self.builder.places:
                found.append(name)
            elif name in series:
                found += [each for block in series[name] for each in block.ids]
            else:
                known = tuple(dict.fromkeys((*self.builder.places, *series)))
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
