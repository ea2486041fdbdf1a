"""A layered network as a program: trained by matrices with NumPy, or by autograd with PyTorch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from derive.errors import UnsupportedError
from derive.formula.expression import Call, Ref, references
from derive.formula.functions import ACTIVATIONS, FUNCTIONS
from derive.formula.losses import LOSSES
from derive.formula.numpy_source import Library, source
from derive.given.naming import bias_ids, weight_ids
from derive.given.problem import Layer, Number, Problem
from derive.renderers.environment import markdown_environment
from derive.renderers.programs.literals import array, listed, literal, shown_line, strings, vector, words
from derive.telling.training import milestones


def layered_program(problem: Problem, rounds: int, library: Library) -> str:
    """A program that trains a network and prints its first round, its milestones and its last outputs.

    Parameters
    ----------
    problem : Problem
    rounds : int, 1 or more
    library : "np" or "torch"

    Raises
    ------
    UnsupportedError
        If autograd cannot do what the problem's update does.
    """
    conventions, samples = problem.conventions, len(problem.samples)
    sequential, online = conventions.update == "sequential", conventions.batch == "online" and samples > 1
    if sequential and library == "torch":
        raise UnsupportedError(
            "autograd gives true gradients; a sequential update leads back through weights that are already new, which "
            "are none: take --to numpy"
        )
    loss = LOSSES[problem.loss]
    ends = [""] if samples == 1 else [f"[{k}]{'@0' if online else ''}" for k in range(1, samples + 1)]
    names = {"targets": "targets", "out": f"out{len(problem.layers)}"}
    layers = _layers(problem, ends, rounds, library)
    longest = max(len(name) for layer in layers for name in (*layer["flat_names"], *layer["unit_names"]))
    functions = [_function(name, variable) for name, variable in _called(problem).items()]
    errors = source(loss.error(Ref("targets"), Ref("out")), names, library=library)
    error_slope = loss.slope_code.replace("outs[-1]", names["out"])
    code = [errors, error_slope, *(function[part] for function in functions for part in ("value", "slope"))]
    notes = []
    if problem.display.carry == "rounded":
        notes.append("The solution carries rounded figures from line to line; these are full ones, and differ in the")
        notes.append("last places.")
    return (
        markdown_environment()
        .get_template(f"program/layers_{'numpy' if library == 'np' else 'torch'}.py.j2")
        .render(
            title=problem.title,
            notes=notes,
            inputs=array([sample.inputs for sample in problem.samples]),
            targets=array([sample.targets for sample in problem.samples]),
            input_names=listed(problem.inputs),
            target_names=listed([f"t_{unit}" for unit in problem.outputs]),
            learning_rate=literal(problem.learning_rate),
            rounds=rounds,
            milestones=milestones(rounds),
            layers=layers,
            functions=functions,
            needs_math=any("math." in part for part in code),
            errors=errors,
            error_names=listed([f"E_{unit}" for unit in problem.outputs]),
            error_slope=error_slope,
            mean_of_outputs=loss.mean,
            batch=conventions.batch,
            online=online,
            turn="[turn]" if online else "",
            share=" / len(inputs)" if conventions.batch == "mean" and samples > 1 else "",
            sequential=sequential,
            minus="-" if conventions.bias_sign == "subtracted" else "",
            first="[1]" if online else "",
            shown=shown_line(problem.display, longest + len("dE_total/d") + len(ends[-1])),
        )
    )


def _called(problem: Problem) -> dict[str, str]:
    """What each activation function is called in the program: by its name, or one made from it."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(layer.activation for layer in problem.layers):
        variable = name if name in tuple(ACTIVATIONS) else "f_" + re.sub(r"\W", "_", name, flags=re.ASCII)
        while variable in found.values():
            variable += "_"
        found[name] = variable
    return found


def _layers(problem: Problem, ends: Sequence[str], rounds: int, library: Library) -> list[dict[str, Any]]:
    """What the template says of each layer."""
    called = _called(problem)
    structure = problem.structure
    sign = "-" if problem.conventions.bias_sign == "subtracted" else "+"
    found: list[dict[str, Any]] = []
    below, below_units = "inputs", problem.inputs
    tables = zip(problem.layers, weight_ids(structure), bias_ids(structure), strict=True)
    for k, (layer, weights, biases) in enumerate(tables, start=1):
        flat = [name for row in weights for name in row]
        own = list(dict.fromkeys(biases or ()))
        shared = isinstance(layer.bias, Number)
        loop = f"for unit in units{k}"
        if len(ends) == 1:
            show_nets, show_outs = f'[f"net_{{unit}}" {loop}]', f'[f"out_{{unit}}" {loop}]'
            show_last = f'[f"out_{{unit}}@{rounds}" {loop}]'
        else:
            inner = f"for end in {strings(ends)} {loop}"
            show_nets, show_outs = f'[f"net_{{unit}}{{end}}" {inner}]', f'[f"out_{{unit}}{{end}}" {inner}]'
            samples = strings([end.removesuffix("@0") for end in ends])
            show_last = f'[f"out_{{unit}}{{end}}@{rounds}" for end in {samples} {loop}]'
        first = "[1]" if ends[-1].endswith("@0") else ""
        found.append(
            {
                "k": k,
                "function": called[layer.activation],
                "shares": FUNCTIONS[layer.activation].arity is None,
                "below": below,
                "below_units": listed(below_units),
                "units": words(layer.units),
                "units_text": listed(layer.units),
                "unit_names": [*layer.units, f"out_@{rounds}{layer.units[-1]}"],
                "weights": array(layer.weights),
                "names": words(flat),
                "flat_names": [*flat, *own],
                "bias": "" if layer.bias is None else _bias(layer),
                "array": "" if layer.bias is None else _bias(layer) if shared else f"np.array({_bias(layer)})",
                "bias_text": ("one for the whole layer: " if shared else "one for each unit: ") + listed(own),
                "per_unit": not shared,
                "plus_bias": "" if layer.bias is None else f" {sign} b{k}",
                "trained_bias": layer.bias is not None and problem.conventions.train_biases,
                "torch_value": _torch_value(layer.activation, f"net{k}") if library == "torch" else "",
                "nets": listed([f"net_{unit}" for unit in layer.units]),
                "outs": listed([f"out_{unit}" for unit in layer.units]),
                "deltas": listed([f"delta_{unit}" for unit in layer.units]),
                "gradients": listed([f"dE_total/d{name}" for name in flat]),
                "bias_gradients": listed([f"dE_total/d{name}" for name in own]),
                "bias_names": strings(own) if shared else f'[f"b_{{unit}}" {loop}]',
                "show_nets": show_nets,
                "show_outs": show_outs,
                "show_last": show_last,
                "show_bias_gradients": strings([f"dE_total/d{own[0]}{first}"] if own else [])
                if shared
                else f'[f"dE_total/db_{{unit}}{first}" {loop}]',
                "show_biases": strings([f"{own[0]}@1"] if own else []) if shared else f'[f"b_{{unit}}@1" {loop}]',
            }
        )
        below, below_units = f"out{k}", layer.units
    return found


def _bias(layer: Layer) -> str:
    return literal(layer.bias) if isinstance(layer.bias, Number) else vector(layer.bias or ())


def _function(name: str, variable: str) -> dict[str, str]:
    """An activation function and its slope as NumPy code; of softmax the template has its own."""
    record = FUNCTIONS[name]
    if record.arity is None:
        return {"name": variable, "value": "", "slope": ""}
    value = source(Call(name, (Ref("net"),)), {"net": "net"})
    slope = source(record.slope, {"x": "net", "value": "out"})
    if not any(references(record.slope)):
        slope = f"np.full_like(net, {slope})"
    return {"name": variable, "value": value, "slope": slope}


def _torch_value(name: str, net: str) -> str:
    if FUNCTIONS[name].arity is None:
        return f"torch.softmax({net}, dim=1)"
    return source(Call(name, (Ref("net"),)), {"net": net}, library="torch")
