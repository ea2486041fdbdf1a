"""What is worked like something above: its figures alone, a row for each step of time or sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.display.tree import Juxtaposed, Name, Ratio, Tree
from derive.given.naming import place_symbol
from derive.given.program.model import Block as Array
from derive.given.program.places import Place
from derive.network.graph import Quantity
from derive.telling.arrays import Arrays
from derive.telling.lines import Pen
from derive.telling.model import Block, Paragraph, Table, Text
from derive.telling.program_matrices import values_in_line
from derive.telling.terms import DEL

#: Names and figures in one row of a table: of values, and of derivatives, whose names are longer.
_PAIRS, _PAIRS_OF_DERIVATIVES = 4, 3
#: Figures in one row of a table; its rows, and of a longer one those that stand at either end.
_MOST_COLUMNS, _MOST_ROWS, _ENDS = 6, 12, 4

_Group = tuple[Array | None, list[Quantity]]


def table_of_rest(pen: Pen, members: Sequence[Quantity], what: str) -> Table:
    """Names and figures, several to a row."""
    rows: list[tuple[Text, ...]] = []
    table = f"rest-{what}-{members[0].id}"
    pairs = _PAIRS_OF_DERIVATIVES if any("/" in quantity.id for quantity in members) else _PAIRS
    for start in range(0, len(members), pairs):
        row: list[Text] = []
        for quantity in members[start : start + pairs]:
            row += [(pen.terms.inline(quantity.id),), (pen.figure(quantity.id, table),)]
        row += [("",)] * (2 * pairs - len(row))
        rows.append(tuple(row))
    return Table(id=table, caption=("The others are worked in the same way.",), header=(), rows=tuple(rows),
                 align="lr" * pairs)  # fmt: skip


def rest_blocks(arrays: Arrays, groups: Sequence[_Group], what: str) -> list[Block]:
    """Tables with a row for each step of time and sample; matrices one by one."""
    found: list[Block] = []
    matrices = [(array, tuple(each.id for each in members)) for array, members in groups
                if array is not None and len(array.shape) > 1 and len(members) == len(array.ids)
                and len(members) > _MOST_COLUMNS]  # fmt: skip
    standing = {name for _, ids in matrices for name in ids}
    scalars = [each for _, members in groups for each in members if each.id not in standing]
    if scalars:
        found += _tables(arrays, scalars, what)
    if matrices:
        shown = matrices[:_MOST_COLUMNS]
        more = f" The last {len(matrices) - len(shown)} are left out." if len(matrices) > len(shown) else ""
        found += values_of_rest(arrays, shown, f"{what}-{shown[0][1][0]}", more)
    return found


def values_of_rest(
    arrays: Arrays, several: Sequence[tuple[Array, tuple[str, ...]]], what: str, more: str = ""
) -> list[Block]:
    """Arrays that are worked like one above: their values, one after the other."""
    head = Paragraph(text=(f"The others are worked in the same way.{more}",))
    return [head, *values_in_line(arrays, several, f"rest-matrices-{what}")]


def _tables(arrays: Arrays, members: Sequence[Quantity], what: str) -> list[Block]:
    """Columns are numbers, rows the steps and samples at which they are worked."""
    columns: dict[str, dict[tuple[int, int], Quantity]] = {}
    heads: dict[str, Tree] = {}
    for quantity in members:
        head, moment, name = _column(arrays, quantity)
        columns.setdefault(name, {})[moment] = quantity
        heads.setdefault(name, head)
    # Columns that are worked at the same moments stand side by side.
    together: dict[tuple[tuple[int, int], ...], list[str]] = {}
    for name, cells in columns.items():
        together.setdefault(tuple(sorted(cells)), []).append(name)
    found: list[Block] = []
    for moments, names in together.items():
        times, samples = {time for time, _ in moments}, {sample for _, sample in moments}
        first: list[Text] = [("Step",)] if times != {0} else []
        first += [("Sample",)] if samples != {0} else []
        for start in range(0, len(names), _MOST_COLUMNS):
            shown = names[start : start + _MOST_COLUMNS]
            table = f"rest-{what}-{columns[shown[0]][moments[0]].id}"
            rows: list[tuple[Text, ...]] = []
            ordered = moments if what == "forward" else sorted(moments, key=lambda each: (-each[0], each[1]))
            cut = len(ordered) - 2 * _ENDS if len(ordered) > _MOST_ROWS else 0
            for place, moment in enumerate(ordered):
                if cut and _ENDS <= place < len(ordered) - _ENDS:
                    if place == _ENDS:
                        rows.append((("⋮",),) * (len(first) + len(shown)))
                    continue
                time, sample = moment
                row: list[Text] = [(str(time),)] if times != {0} else []
                row += [(str(sample),)] if samples != {0} else []
                row += [(arrays.pen.figure(columns[name][moment].id, table),) for name in shown]
                rows.append(tuple(row))
            header: tuple[Text, ...] = (*first, *((heads[name],) for name in shown))
            caption = "The others are worked in the same way." if not found else "And so are these."
            caption += f" The {cut} rows in the middle are left out." if cut and not found else ""
            found.append(arrays.pen.table(table, (caption,), header, rows, align="r" * len(header)))
    return found


def _column(arrays: Arrays, quantity: Quantity) -> tuple[Tree, tuple[int, int], str]:
    """What stands over a number's column, the step and sample of its row, and the column's own name."""
    terms = arrays.pen.terms
    plain, _, number = quantity.id.partition("@")
    place = terms.places.get(quantity.by or plain) or terms.places.get(plain) or Place(name=plain)
    sample = quantity.sample or place.sample
    moment = (place.time or 0, sample or 0)
    bare = replace(place, time=None, sample=None)
    own = Name(place_symbol(bare, terms.notation, int(number or 0)))
    if plain in terms.ends and not plain.startswith("delta_"):
        whole = terms.places.get(quantity.of)
        upper = replace(whole, sample=None) if whole is not None else Place(name=quantity.of)
        tree: Tree = Ratio(*(Juxtaposed((DEL, each)) for each in (Name(place_symbol(upper, terms.notation)), own)))
        return tree, moment, f"d{upper}/d{bare}"
    if plain.startswith("delta_"):
        bare = replace(bare, name="delta_" + bare.name.removeprefix("net_"))
        own = Name(place_symbol(bare, terms.notation, int(number or 0)))
    return own, moment, str(bare)
