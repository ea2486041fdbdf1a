"""Objects that have the attributes of PyTorch's and scikit-learn's, and nothing else of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Tensor:
    """What a tensor answers: detach, tolist, dtype."""

    def __init__(self, values: Any, dtype: str = "torch.float64", *, requires_grad: bool = True) -> None:
        self.values, self.dtype, self.requires_grad = values, dtype, requires_grad

    def detach(self) -> Tensor:
        return self

    def tolist(self) -> Any:
        return self.values


class Module:
    """A module by the name of its class, with attributes."""

    training = False

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


class Sequential(Module):
    """Modules one after the other."""

    def __init__(self, *modules: Any) -> None:
        self.modules = modules

    def __iter__(self) -> Iterator[Any]:
        return iter(self.modules)

    def children(self) -> Iterator[Any]:
        return iter(self.modules)


def named(kind: str, **attributes: Any) -> Any:
    """An object whose class is called so."""
    return type(kind, (Module,), {})(**attributes)


def linear(weights: Any, bias: Any = None, **attributes: Any) -> Any:
    """An nn.Linear."""
    return named("Linear", weight=Tensor(weights), bias=None if bias is None else Tensor(bias), **attributes)
