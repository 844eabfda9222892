"""What a network is: plain data, enough to build it in torch or in numpy. It knows no music, only columns of tokens.

The network, for one step: `inputs` (one token a column) and `numbers` become one vector,

    x = sum of the embeddings of the input tokens + numbers @ W

which goes through `layers` recurrent layers to the hidden state h. The fields of the next event are then drawn in
order, each given those before it; for field f, with its own slice of h and some hint tokens,

    u = relu(P_f h + sum of given[g][drawn g] for g before f + sum of the embeddings of the hints of f)
    logits = O_f u, and where f says so:
        + relative: R_f u, read by the distance of a value from a reference value (a hint)
        + copy: C_f u, one gate for each candidate value (a hint), added to the logit of that value
        + circle: E_f u . tanh(W_f c(v) + b), where c(v) are numbers on a circle (hints), turned so that those of
          value v come first: a circular convolution, which finds all turns of what it hears alike
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from melodyrnn.errors import ModelFileError

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
LARGEST = {"hidden": 4096, "layers": 16, "embedding": 4096, "head": 4096}
LARGEST_VOCABULARY = 65536
MOST_COLUMNS = 1024
Columns = tuple[tuple[str, int], ...]  # name and vocabulary size (or width) of each


@dataclass(frozen=True, slots=True)
class FieldConfig:
    """One field of an event and how its head draws it. `hints`, `copies`, `references` name columns of the hints.

    The values from 0 to `ordered` - 1 lie on a line. Their distance from a reference, which may lie beyond it, clipped
    to `widest` either way, chooses the relative part of the logit. A copy column holds a
    value of this field, or its `size` for none. Values of the line that are whole cycles apart share their place on a
    circle; each `cycle` columns of `circle` hold a number from 0 to the config's `number_unit` for each place.
    """

    name: str
    size: int
    hints: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    ordered: int = 0
    widest: int = 0
    circle: tuple[str, ...] = ()
    cycle: int = 0
    filters: int = 0

    @property
    def distances(self) -> int:
        """How many distances from a reference are told apart."""
        return 2 * self.widest + 1


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Cell, widths, and columns. `inputs` and `hints`: (name, vocabulary size); `numbers`: (name, width)."""

    fields: tuple[FieldConfig, ...]
    inputs: Columns
    numbers: Columns = ()
    hints: Columns = ()
    number_unit: int = 1
    cell: str = "gru"
    hidden: int = 384
    layers: int = 2
    embedding: int = 192
    head: int = 128

    def __post_init__(self) -> None:
        if self.cell not in GATES:
            raise ModelFileError(f"cell {self.cell!r}: must be one of {', '.join(GATES)}")
        for name, largest in LARGEST.items():
            if not 1 <= getattr(self, name) <= largest:
                raise ModelFileError(f"{name} {getattr(self, name)}: must be 1 to {largest}")
        if not 1 <= self.number_unit <= LARGEST_VOCABULARY:
            raise ModelFileError(f"number_unit {self.number_unit}: must be 1 to {LARGEST_VOCABULARY}")
        sizes = [size for _, size in (*self.inputs, *self.numbers, *self.hints)] + [f.size for f in self.fields]
        if not self.fields or not self.inputs or not all(1 <= size <= LARGEST_VOCABULARY for size in sizes):
            raise ModelFileError(f"a vocabulary is missing, empty or larger than {LARGEST_VOCABULARY}")
        lists = [[name for name, _ in columns] for columns in (self.inputs, self.numbers, self.hints)]
        lists += [[f.name for f in self.fields]]
        lists += [[*names] for f in self.fields for names in (f.hints, f.copies, f.references, f.circle)]
        if any(len(names) > MOST_COLUMNS or len({*names}) < len(names) for names in lists):
            raise ModelFileError(f"a column or field is named twice, or there are more than {MOST_COLUMNS} of a kind")
        known = {name for name, _ in self.hints}
        for f in self.fields:
            unknown = {*f.hints, *f.copies, *f.references, *f.circle} - known
            if unknown:
                raise ModelFileError(f"field {f.name!r} reads hints that are not there: {', '.join(sorted(unknown))}")
            if not (0 <= f.ordered <= f.size and 0 <= f.widest <= f.size):
                raise ModelFileError(f"field {f.name!r}: ordered and widest must be 0 to its size {f.size}")
            if f.circle and not (
                f.filters in range(1, LARGEST["head"] + 1) and len(f.circle) % max(f.cycle, 1) == 0 < f.cycle
            ):
                raise ModelFileError(
                    f"field {f.name!r}: {len(f.circle)} columns are no circle of {f.cycle}, or have no filters"
                )

    @property
    def input_rows(self) -> int:
        """Rows of the embedding table of all inputs together."""
        return sum(size for _, size in self.inputs)

    @property
    def number_width(self) -> int:
        """Numbers a step takes."""
        return sum(width for _, width in self.numbers)

    @property
    def state_shape(self) -> tuple[int, int, int]:
        """(parts, layers, hidden): h alone for rnn and gru, h and c for lstm."""
        return (2 if self.cell == "lstm" else 1), self.layers, self.hidden

    def hint_columns(self, names: tuple[str, ...]) -> list[int]:
        """Where the named hints stand in a row of hints."""
        order = [name for name, _ in self.hints]
        return [order.index(name) for name in names]

    def hint_sizes(self, names: tuple[str, ...]) -> list[int]:
        """Vocabulary sizes of the named hints."""
        sizes = dict(self.hints)
        return [sizes[name] for name in names]

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every weight by name with its shape: the one list that network, engine and model file agree on."""
        gates, hidden, head = GATES[self.cell] * self.hidden, self.hidden, self.head
        shapes: dict[str, tuple[int, ...]] = {"inputs": (self.input_rows, self.embedding)}
        if self.numbers:
            shapes["numbers"] = (self.number_width, self.embedding)
        for layer in range(self.layers):
            shapes[f"layer{layer}.w_xh"] = (gates, hidden if layer else self.embedding)
            shapes[f"layer{layer}.w_hh"] = (gates, hidden)
            shapes[f"layer{layer}.b_x"] = (gates,)
            shapes[f"layer{layer}.b_h"] = (gates,)
        shapes["project.w"], shapes["project.b"] = (len(self.fields) * head, hidden), (len(self.fields) * head,)
        for f in self.fields:
            if f is not self.fields[-1]:
                shapes[f"{f.name}.given"] = (f.size, head)
            if f.hints:
                shapes[f"{f.name}.hints"] = (sum(self.hint_sizes(f.hints)), head)
            outputs = {
                "out": f.size,
                "relative": len(f.references) * f.distances,
                "copy": len(f.copies),
                "turn": f.filters,
            }
            for name, size in outputs.items():
                if size:
                    shapes[f"{f.name}.{name}.w"], shapes[f"{f.name}.{name}.b"] = (size, head), (size,)
            if f.circle:
                shapes[f"{f.name}.circle.w"], shapes[f"{f.name}.circle.b"] = (f.filters, len(f.circle)), (f.filters,)
        return shapes

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ModelConfig":
        """From plain data of any origin; ModelFileError if it is not a configuration."""

        def columns(rows: Any) -> Columns:
            return tuple((str(name), int(size)) for name, size in rows)

        def names(row: Any) -> tuple[str, ...]:
            return tuple(map(str, row))

        def head(f: Any) -> FieldConfig:
            lists: dict[str, Any] = {
                name: names(f.get(name, ())) for name in ("hints", "copies", "references", "circle")
            }
            counts: dict[str, Any] = {name: int(f.get(name, 0)) for name in ("ordered", "widest", "cycle", "filters")}
            return FieldConfig(str(f["name"]), int(f["size"]), **lists, **counts)

        try:
            widths = ("number_unit", "hidden", "layers", "embedding", "head")
            return cls(
                fields=tuple(head(f) for f in data["fields"]),
                inputs=columns(data["inputs"]),
                numbers=columns(data["numbers"]),
                hints=columns(data["hints"]),
                cell=str(data["cell"]),
                **{name: int(data[name]) for name in widths},
            )
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise ModelFileError(f"the model's configuration is not readable: {error!r}") from None
