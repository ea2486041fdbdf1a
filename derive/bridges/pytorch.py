"""Problems from models of PyTorch, read by the attributes of their modules; PyTorch itself is never imported."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from derive.bridges.arrays import Array, array_of, precision_text, shape_text
from derive.bridges.networks import Dense, Network, activation_called, sizes_text
from derive.bridges.pytorch_layers import CELLS, PICTURES, Layers, shape_of_one, values_of
from derive.errors import UnsupportedError
from derive.formula.functions import ACTIVATIONS
from derive.formula.losses import LOSSES
from derive.given.formula_problem import AnyProblem
from derive.given.loading import problem_named

#: The rate of torch.optim.SGD where none is given.
_USUAL_RATE = "0.001"
#: What a module's numbers must be for its function to be the one of that name here.
_MEANINGS = {"negative_slope": 0.01, "beta": 1, "alpha": 1.0, "approximate": "none"}
_CHAIN = "the same written out as a chain of formulas ([define] in a problem file)"
#: How names of modules begin that cannot be taken; why; and the nearest that can.
_REFUSED = (
    (("Conv",), "a convolution goes over pictures here", f"an nn.Conv2d, or {_CHAIN}"),
    (
        ("MaxPool", "AvgPool", "Adaptive", "LPPool"),
        "pooling goes over pictures, by windows of one size, here",
        "an nn.MaxPool2d or nn.AvgPool2d",
    ),
    (
        ("BatchNorm", "LayerNorm", "GroupNorm", "InstanceNorm", "RMSNorm"),
        "normalisation has no layer here",
        "the model without it, or with its scale and shift multiplied into the nn.Linear before it",
    ),
    (("Embedding",), "an embedding looks its rows up", "an nn.Linear without bias on one-hot rows"),
    (("Multihead", "Transformer"), "attention multiplies activations with each other", _CHAIN),
    (("Bilinear",), "its output is no weighted sum of its input", _CHAIN),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loss:
    """A loss of PyTorch: what it is here by its reduction, and how it takes outputs and targets.

    Attributes
    ----------
    names : tuple of str
        As a module, and as a function.
    mean, sum : str
        Its name here, by its reduction.
    squashes : str
        The activation function that the loss itself applies to the last net inputs.
    averages_outputs : bool
        Whether its mean is one over outputs as well as samples, for which the loss here has no name.
    classes : bool
        Whether targets are numbers of classes.
    """

    names: tuple[str, str]
    mean: str
    sum: str
    squashes: str = ""
    averages_outputs: bool = False
    classes: bool = False


_LOSSES = (
    _Loss(names=("MSELoss", "mse_loss"), mean="mean_squared_error", sum="squared_error"),
    _Loss(
        names=("BCELoss", "binary_cross_entropy"),
        mean="binary_cross_entropy",
        sum="binary_cross_entropy",
        averages_outputs=True,
    ),
    _Loss(
        names=("BCEWithLogitsLoss", "binary_cross_entropy_with_logits"),
        mean="binary_cross_entropy",
        sum="binary_cross_entropy",
        squashes="sigmoid",
        averages_outputs=True,
    ),
    _Loss(
        names=("CrossEntropyLoss", "cross_entropy"),
        mean="cross_entropy",
        sum="cross_entropy",
        squashes="softmax",
        classes=True,
    ),
    _Loss(names=("NLLLoss", "nll_loss"), mean="cross_entropy", sum="cross_entropy", classes=True),
)


def from_torch(model: Any, loss: Any, x: Any, t: Any, lr: float | str | None = None) -> AnyProblem:
    """The problem that a model of PyTorch, its loss and its data are.

    Parameters
    ----------
    model : nn.Sequential, or an nn.Linear
        Of nn.Linear, nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d, nn.RNN, nn.LSTM, nn.GRU and activation functions;
        ``Flatten``, ``Identity`` and, in evaluation, ``Dropout`` may stand in it. Of a recurrent layer the last step
        goes on, with or without a module of your own for it, whose name begins with ``Last``.
    loss : nn.MSELoss, nn.BCELoss, nn.BCEWithLogitsLoss, nn.CrossEntropyLoss, nn.NLLLoss
        Or the function of torch.nn.functional, with the mean; or the name of a loss here, added up over samples, for
        one written by hand, such as ``half_squared_error``.
    x : tensor, shape (inputs,) or (samples, inputs)
        For pictures (channels, height, width), for a series (steps, inputs); several as the first layer takes them.
    t : tensor
        Targets shaped like the outputs; of a loss of classes, their numbers or their shares.
    lr : number, optional
        The learning rate; 0.001, as torch.optim.SGD has it, if left out.

    Returns
    -------
    Problem or FormulaProblem
        Its loss has PyTorch's own constants: a mean over samples is ``batch = "mean"``. Where its numbers come from and
        with how many digits they were taken is said in ``source``.

    Raises
    ------
    UnsupportedError
        If part of it cannot be said in a problem, with the reason and the nearest thing that can.
    ProblemError
        If shapes or numbers do not fit.
    """
    inputs = array_of(x, "x")
    modules = [*_modules(model)]
    first = next((kind for kind in map(name_of, modules) if kind in (*PICTURES, *CELLS)), None)
    if first is not None:
        return _architecture(modules, first, loss, inputs, t, lr)
    layers, arrays, flattened, last = _layers(modules)
    name, convention = _loss(loss, len(layers[-1].weights), last)
    record = _record_of(loss)
    layers[-1] = replace(layers[-1], activation=_squashed(loss, layers[-1].activation, last))
    samples = inputs.rows(flattened=flattened)
    targets = _targets(
        t, record, loss, outputs=len(layers[-1].weights), samples=len(samples), one=len(inputs.shape) == 1
    )
    biases_trained = _trained(modules)
    rate = _USUAL_RATE if lr is None else _rate(lr)
    source = [
        f"Taken from a model of PyTorch ({sizes_text(layers)}, {_described(loss)}).",
        precision_text([*arrays, inputs]),
        "" if lr is not None else "No learning rate was given; 0.001 is that of torch.optim.SGD.",
    ]
    return Network(
        layers=layers,
        loss=name,
        inputs=samples,
        targets=targets,
        learning_rate=rate,
        title=f"A model of PyTorch, {sizes_text(layers)}",
        source=" ".join(filter(None, source)),
        conventions={"batch": convention, "train_biases": biases_trained},
    ).problem("from-torch")


def _architecture(modules: list[Any], first: str, loss: Any, inputs: Array, t: Any, lr: Any) -> AnyProblem:
    """A model with pictures or series in it, as an own architecture."""
    modules = [module for module in modules if name_of(module) != "Identity"]
    shape, samples, one = shape_of_one(inputs, modules, first)
    read = Layers(shape=shape, activation=_activation)
    for module in modules:
        read.read(module, name_of(module))
    layers = read.named()
    last = read.last
    name, convention = _loss(loss, read.outputs, last)
    layers[-1]["activation"] = _squashed(loss, layers[-1].get("activation", "identity"), last)
    targets = _targets(t, _record_of(loss), loss, outputs=read.outputs, samples=samples, one=one)
    batch_first = bool(getattr(modules[0], "batch_first", False))
    pairs = [
        {"inputs": {"x": value}, "targets": dict(zip(layers[-1]["units"], row, strict=True))}
        for value, row in zip(values_of(inputs, read, batch_first=batch_first, one=one), targets, strict=True)
    ]
    kinds = ", ".join(dict.fromkeys(name_of(module) for module in modules))
    own = [module for module in modules if name_of(module) in (*PICTURES, *CELLS)]
    moved = all(each.requires_grad for module in own for each in getattr(module, "parameters", list)())
    if not moved or not _trained(modules):
        raise UnsupportedError("parameters with requires_grad=False: here all are trained; let them all be so")
    source = [
        f"Taken from a model of PyTorch ({kinds}; {_described(loss)}).",
        precision_text([*read.arrays, inputs]),
        "Of the recurrent layer the last step goes on." if first in CELLS else "",
        "" if lr is not None else "No learning rate was given; 0.001 is that of torch.optim.SGD.",
    ]
    mapping = {
        "title": f"A model of PyTorch: {kinds}",
        "source": " ".join(filter(None, source)),
        "loss": name,
        "learning_rate": _USUAL_RATE if lr is None else _rate(lr),
        **({"samples": pairs} if len(pairs) > 1 else pairs[0]),
        "layers": layers,
        "conventions": {"batch": convention},
    }
    return problem_named(mapping, "from-torch")


def _squashed(loss: Any, activation: str, last: str) -> str:
    """The last activation function: the model's, or the one that the loss applies itself."""
    record = _record_of(loss)
    if record is None or not record.squashes:
        return activation
    if activation != "identity":
        raise UnsupportedError(
            f"{name_of(loss)} applies {record.squashes} itself, and the model ends in one activation function "
            f"already ({last}): leave that out of the model"
        )
    return record.squashes


def name_of(module: Any) -> str:
    """What a module or a function is called."""
    return str(getattr(module, "__name__", type(module).__name__))


def _modules(model: Any) -> Iterator[Any]:
    """The modules that are called one after the other."""
    kinds = [kind.__name__ for kind in type(model).__mro__]
    if "Sequential" in kinds:
        for module in model:
            yield from _modules(module)
    elif kinds[0] != "Linear" and next(iter(getattr(model, "children", lambda: ())()), None) is not None:
        refused = _refusal(kinds[0])
        if refused is not None:
            raise refused
        raise UnsupportedError(
            f"{kinds[0]}: in which order a module of one's own calls its layers stands in its code, which is not read; "
            "put the layers into an nn.Sequential"
        )
    else:
        yield model


def _layers(modules: list[Any]) -> tuple[list[Dense], list[Array], bool, str]:
    """The layers, the arrays they were read from, whether the input is flattened, and what the model ends in."""
    layers: list[Dense] = []
    arrays: list[Array] = []
    flattened = activated = False
    last = "Linear"
    for module in modules:
        kind = name_of(module)
        if kind == "Linear":
            weights = array_of(module.weight, "weight")
            bias = None if module.bias is None else array_of(module.bias, "bias")
            layers.append(Dense(weights=weights.texts(), bias=None if bias is None else bias.texts()))
            arrays += [weights] if bias is None else [weights, bias]
            activated, last = False, kind
        elif kind == "Flatten":
            flattened = flattened or not layers
        elif kind == "Identity" or (kind.endswith("Dropout") and (not module.training or not module.p)):
            continue
        else:
            function = _activation(module)
            if not layers:
                raise UnsupportedError(f"{kind} before the first nn.Linear: apply it to x beforehand")
            if activated:
                raise UnsupportedError(f"{kind} after {last}: a layer here has one activation function")
            layers[-1] = replace(layers[-1], activation=function)
            activated, last = True, kind
    if not layers:
        raise UnsupportedError("the model has no nn.Linear; it should be an nn.Sequential of nn.Linear and activations")
    return layers, arrays, flattened, last


def _activation(module: Any) -> str:
    """The activation function that a module is."""
    kind = name_of(module)
    refused = _refusal(kind)
    if refused is not None:
        raise refused
    if kind.endswith("Dropout"):
        raise UnsupportedError(f"{kind} drops units at random; call model.eval() first, where it lets all through")
    function = activation_called("Softmax" if kind == "LogSoftmax" else kind)
    if function is None:
        spelled = [name.replace("_", "") for name in ACTIVATIONS]
        near = difflib.get_close_matches(kind.lower(), spelled, n=1, cutoff=0.3) or spelled[:1]
        raise UnsupportedError(
            f"{kind} has no layer here; the nearest activation function is {activation_called(near[0])}, and there are "
            f"{', '.join(ACTIVATIONS)}"
        )
    for key, meaning in _MEANINGS.items():
        here = getattr(module, key, meaning)
        if here != meaning:
            raise UnsupportedError(f"{kind}({key}={here}): {function} has {key} {meaning} here, and no other")
    return function


def _refusal(kind: str) -> UnsupportedError | None:
    for heads, reason, nearest in _REFUSED:
        if kind.startswith(heads):
            return UnsupportedError(f"{kind} cannot be taken: {reason}. The nearest that can: {nearest}")
    return None


def _record_of(loss: Any) -> _Loss | None:
    return None if isinstance(loss, str) else next((each for each in _LOSSES if name_of(loss) in each.names), None)


def _loss(loss: Any, outputs: int, last: str) -> tuple[str, str]:
    """The loss here, and what is done over samples."""
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise UnsupportedError(f"{loss!r} is no loss here; there are {', '.join(LOSSES)}")
        return loss, "sum"
    kind, record = name_of(loss), _record_of(loss)
    if record is None:
        modules = ", ".join(f"nn.{each.names[0]}" for each in _LOSSES)
        near = "nn.MSELoss" if "1" in kind or "Huber" in kind else modules
        raise UnsupportedError(
            f"the loss {kind} has no name here; the nearest that can be taken: {near}. There are {modules}, and the "
            f"names {', '.join(LOSSES)} for one written by hand"
        )
    for key in ("weight", "pos_weight"):
        if getattr(loss, key, None) is not None:
            raise UnsupportedError(f"{kind} with {key}: the outputs here count alike; take it without {key}")
    reduction = getattr(loss, "reduction", "mean")
    if reduction not in ("mean", "sum"):
        raise UnsupportedError(f'{kind}(reduction="{reduction}") gives no single number; take "mean" or "sum"')
    if reduction == "mean" and record.averages_outputs and outputs > 1:
        raise UnsupportedError(
            f"{kind} is the mean over {outputs} outputs, and binary_cross_entropy here adds them up; take "
            f'{kind}(reduction="sum")'
        )
    if "nll_loss" in record.names and last != "LogSoftmax":
        raise UnsupportedError(f"{kind} wants logarithms: let the model end in nn.LogSoftmax(dim=-1)")
    if last == "LogSoftmax" and "nll_loss" not in record.names:
        raise UnsupportedError(f"nn.LogSoftmax before {kind}: it goes with nn.NLLLoss alone")
    return (record.mean if reduction == "mean" else record.sum), reduction


def _described(loss: Any) -> str:
    return loss if isinstance(loss, str) else f"{name_of(loss)}, {getattr(loss, 'reduction', 'mean')}"


def _targets(t: Any, record: _Loss | None, loss: Any, *, outputs: int, samples: int, one: bool) -> list[list[str]]:
    """Targets as rows; numbers of classes become rows of 0 and 1."""
    given = array_of(t, "t")
    # A loss of classes takes either their numbers, one a sample, or their shares, shaped like the outputs.
    if record is not None and record.classes and len(given.shape) < (1 if one else 2):
        numbers = given.flat()
        outside = [number for number in numbers if not 0 <= number < outputs]
        if outside or not given.whole:
            raise UnsupportedError(
                f"t holds {(outside or numbers)[0]}, which is no class: whole numbers from 0 to {outputs - 1}, one a "
                f"sample, or {outputs} shares a sample"
            )
        rows = [[Fraction(k == number) for k in range(outputs)] for number in numbers]
        smoothing = Fraction(str(getattr(loss, "label_smoothing", 0.0)))
        return [[str((1 - smoothing) * share + smoothing / outputs) for share in row] for row in rows]
    if getattr(loss, "label_smoothing", 0.0):
        raise UnsupportedError("label_smoothing of shares: smooth the shares in t and take the loss without it")
    wanted = (outputs,) if one else (samples, outputs)
    if given.shape == () and outputs == samples == 1:
        return [[given.texts()]]
    if given.shape != wanted:
        raise UnsupportedError(
            f"t is {shape_text(given.shape)} where the model gives {shape_text(wanted)}; PyTorch would stretch one to "
            f"the other: take t.reshape({', '.join(map(str, wanted))})"
        )
    return given.rows()


def _trained(modules: list[Any]) -> bool:
    """Whether biases are trained; weights always are."""
    linear = [module for module in modules if name_of(module) == "Linear"]
    if not all(getattr(module.weight, "requires_grad", True) for module in linear):
        raise UnsupportedError("weights with requires_grad=False: here every weight is trained; let them all be so")
    biases = {bool(getattr(module.bias, "requires_grad", True)) for module in linear if module.bias is not None}
    if len(biases) > 1:
        raise UnsupportedError("some biases have requires_grad=False: here all are trained, or none")
    return biases != {False}


def _rate(lr: Any) -> str:
    array = array_of(lr, "lr")
    return str(array.texts())
