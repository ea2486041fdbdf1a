"""How a program is trained: samples, batches, the update rule and its numbers, rounds and epochs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from derive.errors import ProblemError
from derive.given import fields
from derive.given.problem import Number
from derive.given.program import recipes, syntax
from derive.given.program.model import Named
from derive.given.program.stops import read_stop

MOST_EPOCHS = 1_000_000
_UPDATE_KEYS = ("rule", "learning_rate", "l1", "l2", "decay_biases", "state", "steps", "penalised", "mistakes")
_TRAINING_KEYS = ("batch", "epochs", "rounds", "worked", "stop")
_RATES = ("k", "epoch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An update rule: what is kept from round to round, and formulas in the order in which they are worked.

    Attributes
    ----------
    name, title : str
    states, options : tuple of (str, Number)
        With their starts, and their values.
    steps : tuple of (str, str)
        The last one sets ``parameter``.
    gradient : bool
        Whether it uses the gradient g; else what the weight weighs, x, with t, out and net of its unit.
    ahead : str
        Where the gradient is taken, if not at the parameters themselves.
    words : tuple of (str, str, str)
        Name, title and sentence.
    mistakes : tuple of Named
        Wrong formulas for its lines.
    """

    name: str
    title: str
    states: tuple[tuple[str, Number], ...] = ()
    options: tuple[tuple[str, Number], ...] = ()
    steps: tuple[tuple[str, str], ...] = (("parameter", "parameter - eta*g"),)
    gradient: bool = True
    ahead: str = ""
    words: tuple[tuple[str, str, str], ...] = ()
    mistakes: tuple[Named, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether it is gradient descent."""
        return self.steps == (("parameter", "parameter - eta*g"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """For a rule without gradient: what a parameter weighs in a sample, with target, output and net of its unit.

    ``x`` is a signed whole number, as text, for a bias.
    """

    parameter: str
    sample: int | None
    x: str
    t: str
    out: str
    net: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a program is trained.

    Attributes
    ----------
    samples : int
    batch : int
        Samples an update.
    mean : bool
        Whether the samples of an update are averaged.
    rule : Rule
    schedule : str
        The learning rate in ``k`` and ``epoch``; empty where it is a number.
    l1, l2 : bool
        Whether there is such a penalty.
    penalised : tuple of str
        The parameters that it is over.
    weighed : tuple of Weighed
    rounds : int
        How many updates the file wants; 0 where it does not say.
    worked : int
        How many of them are worked line by line; 0 where it does not say.
    stop : str
    climb : bool
        Whether the objective is made larger.
    coupled : bool
        Whether samples depend on each other.
    """

    samples: int = 1
    batch: int = 1
    mean: bool = False
    rule: Rule = Rule(name="descent", title="Gradient descent")
    schedule: str = ""
    l1: bool = False
    l2: bool = False
    penalised: tuple[str, ...] = ()
    weighed: tuple[Weighed, ...] = ()
    rounds: int = 0
    worked: int = 0
    stop: str = ""
    climb: bool = False
    coupled: bool = False

    @property
    def turns(self) -> int:
        """Updates an epoch."""
        return -(-self.samples // self.batch)

    def on_turn(self, turn: int) -> tuple[int, ...]:
        """The samples of an update, turns from 1."""
        first = (turn - 1) * self.batch + 1
        return tuple(range(first, min(first + self.batch, self.samples + 1)))

    @property
    def needs_count(self) -> bool:
        """Whether a formula of the rule or the rate hangs on the number of updates."""
        texts = [*(text for _, text in self.rule.steps), self.rule.ahead, self.schedule]
        return any(set(syntax.names_in(syntax.parsed(text, "update"))) & set(_RATES) for text in texts if text)


def read_training(given: object, samples: int, online: bool) -> dict[str, Any]:
    """The keys of ``[training]``: batch, rounds, worked, stop.

    Raises
    ------
    ProblemError
    """
    keys = fields.table(given, "training", example="epochs = 2")
    fields.only_keys(keys, _TRAINING_KEYS, "training")
    batch = samples
    if "batch" in keys:
        batch = fields.whole(keys["batch"], 1, 1_000_000, "training.batch")
        if batch > samples:
            raise ProblemError(
                f"{batch} samples an update, and there are {samples}; 1 to {samples} are allowed", key="training.batch"
            )
        if online and batch != 1:
            raise ProblemError(
                f"{batch} samples an update, where conventions.batch is online: one", key="training.batch"
            )
    if online:
        batch = 1
    if "epochs" in keys and "rounds" in keys:
        raise ProblemError("either epochs or rounds (updates), not both", key="training.rounds")
    turns = -(-samples // batch)
    rounds = 0
    if "epochs" in keys:
        rounds = turns * fields.whole(keys["epochs"], 1, MOST_EPOCHS, "training.epochs")
    if "rounds" in keys:
        rounds = fields.whole(keys["rounds"], 1, MOST_EPOCHS, "training.rounds")
    worked = fields.whole(keys["worked"], 1, 1_000, "training.worked") if "worked" in keys else 0
    stop = read_stop(keys.get("stop", ""), "training.stop")
    return {"batch": batch, "rounds": rounds, "worked": worked, "stop": stop}


def read_rule(given: object) -> tuple[Rule, Mapping[str, object]]:
    """The rule of ``[update]``, and all keys of that table.

    Raises
    ------
    ProblemError
    """
    keys = fields.table(given, "update", example='rule = "momentum"')
    if "steps" in keys:
        if "rule" in keys:
            raise ProblemError(
                "either a rule that comes with derive, or steps of your own, not both", key="update.rule"
            )
        steps = fields.table(keys["steps"], "update.steps", example='parameter = "parameter - eta*g"')
        state = fields.table(keys.get("state", {}), "update.state", example="v = 0")
        recipe: Mapping[str, Any] = {"title": "Own update rule", "steps": steps, "state": state}
        recipe = {**recipe, **({"ahead": keys["ahead"]} if "ahead" in keys else {})}
        options = {key: value for key, value in keys.items() if key not in (*_UPDATE_KEYS, "ahead")}
        return _rule("own", recipe, options, "update.steps"), keys
    name = fields.choice(keys.get("rule", "descent"), recipes.names("rules"), "update.rule")
    recipe = recipes.shipped("rules", name)
    allowed = recipe.get("options", {})
    fields.only_keys(keys, (*_UPDATE_KEYS, *allowed), "update")
    if "state" in keys:
        raise ProblemError(
            "a rule that comes with derive starts from 0; for another start write steps of your own",
            key="update.state",
        )
    options = {key: keys.get(key, value) for key, value in allowed.items()}
    return _rule(name, recipe, options, "update"), keys


def without_targets(rule: Rule) -> Rule:
    """The rule as it is where there are no targets.

    Raises
    ------
    ProblemError
        If it needs them.
    """
    recipe = recipes.shipped("rules", rule.name)
    if "without_targets" not in recipe:
        raise ProblemError(f"the rule {rule.name} compares outputs with targets, and there are none", key="update.rule")
    return _rule(rule.name, {**recipe, "steps": recipe["without_targets"]}, dict(rule.options), "update")


def _rule(name: str, recipe: Mapping[str, Any], options: Mapping[str, object], path: str) -> Rule:
    steps = tuple((str(key), text) for key, text in recipe["steps"].items())
    states = tuple(
        (str(key), fields.number(value, f"update.state.{key}")) for key, value in recipe.get("state", {}).items()
    )
    gradient = bool(recipe.get("gradient", True))
    known = {"parameter", "eta", *_RATES, *(key for key, _ in states), *options}
    known |= {"g"} if gradient else {"x", "t", "out", "net"}
    if not steps or steps[-1][0] != "parameter":
        raise ProblemError('the last step sets the parameter, such as parameter = "parameter - eta*g"', key=path)
    uses_g = False
    for key, text in steps:
        where = f"{path}.{key}"
        used = syntax.names_in(syntax.parsed(text, where))
        uses_g = uses_g or "g" in used
        for each in used:
            if each not in known:
                if each in ("x", "t", "out", "net") and name == "own":
                    known |= {"x", "t", "out", "net"}
                    continue
                raise ProblemError(
                    f"{each} is no name of an update rule; {fields.nearest(each, known)}known here: "
                    f"{fields.listed(sorted(known))}",
                    key=where,
                )
        known.add(key)
    for key, _ in states:
        if key not in dict(steps):
            raise ProblemError(f"the state {key} is never set; a step called {key} is needed", key="update.state")
    if name == "own":
        gradient = uses_g
    return Rule(
        name=name,
        title=str(recipe["title"]),
        states=states,
        options=tuple((key, fields.number(value, f"update.{key}")) for key, value in options.items()),
        steps=steps,
        gradient=gradient,
        ahead=str(recipe.get("ahead", "")),
        words=tuple((str(key), str(a), str(b)) for key, (a, b) in recipe.get("words", {}).items()),
    )
