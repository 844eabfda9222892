"""The configuration of a network: plain data, enough to build it in torch or in numpy.

It knows no music, only columns of tokens.

The network, for one step: `inputs` (one token a column) and `dense` features become one vector,

    x = sum of the embeddings of the input tokens + dense @ W

which goes through `layers` recurrent layers to the hidden state h. The fields of the next event are then drawn in
order, each given those before it; for field f, with its own slice of h and its head features,

    u = relu(P_f h + sum of condition[g][drawn g] for g before f + sum of the embeddings of its `embedded` features)
    logits = O_f u, and where f has such features:
        + relative: R_f u, indexed by the distance of a value from a reference value
        + copy: C_f u, one gate for each candidate value, added to the logit of that value
        + conv: E_f u . tanh(W_f c(v) + b), where c(v) are the `convolved` features, rotated so that those of value v
          come first: a circular convolution, for which all rotations are alike
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
    """One field of an event and how its head draws it. The lists name columns of the head features.

    `embedded`: an embedding of the token is added. `copies`: a value of this field, or its `size` for none.
    `references`: values from which distances are measured. The values from 0 to `ordinal_size` - 1 are ordered: their
    distance from a reference, clipped to `max_distance` either way, selects the relative part of the logit.
    `convolved`: groups of `period` columns, values from 0 to the config's `dense_scale`; ordered values that are whole
    periods apart share a column. `filters`: of the convolution.
    """

    name: str
    size: int
    embedded: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    ordinal_size: int = 0
    max_distance: int = 0
    convolved: tuple[str, ...] = ()
    period: int = 0
    filters: int = 0

    @property
    def distances(self) -> int:
        """The number of different distances from a reference."""
        return 2 * self.max_distance + 1


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Cell, widths, and columns. `inputs`, `head_features`: (name, vocabulary size); `dense`: (name, width)."""

    fields: tuple[FieldConfig, ...]
    inputs: Columns
    dense: Columns = ()
    head_features: Columns = ()
    dense_scale: int = 1
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
        if not 1 <= self.dense_scale <= LARGEST_VOCABULARY:
            raise ModelFileError(f"dense_scale {self.dense_scale}: must be 1 to {LARGEST_VOCABULARY}")
        sizes = [size for _, size in (*self.inputs, *self.dense, *self.head_features)] + [f.size for f in self.fields]
        if not self.fields or not self.inputs or not all(1 <= size <= LARGEST_VOCABULARY for size in sizes):
            raise ModelFileError(f"a vocabulary is missing, empty or larger than {LARGEST_VOCABULARY}")
        lists = [[name for name, _ in columns] for columns in (self.inputs, self.dense, self.head_features)]
        lists += [[f.name for f in self.fields]]
        lists += [[*names] for f in self.fields for names in (f.embedded, f.copies, f.references, f.convolved)]
        if any(len(names) > MOST_COLUMNS or len({*names}) < len(names) for names in lists):
            raise ModelFileError(f"a column or field is named twice, or there are more than {MOST_COLUMNS} of a kind")
        known = {name for name, _ in self.head_features}
        for f in self.fields:
            unknown = {*f.embedded, *f.copies, *f.references, *f.convolved} - known
            if unknown:
                raise ModelFileError(
                    f"field {f.name!r} reads head features that are not there: {', '.join(sorted(unknown))}"
                )
            if not (0 <= f.ordinal_size <= f.size and 0 <= f.max_distance <= f.size):
                raise ModelFileError(f"field {f.name!r}: ordinal_size and max_distance must be 0 to its size {f.size}")
            if f.convolved and not (
                f.filters in range(1, LARGEST["head"] + 1) and len(f.convolved) % max(f.period, 1) == 0 < f.period
            ):
                raise ModelFileError(
                    f"field {f.name!r}: {len(f.convolved)} columns are no groups of {f.period}, or have no filters"
                )

    @property
    def input_rows(self) -> int:
        """Rows of the embedding table of all inputs together."""
        return sum(size for _, size in self.inputs)

    @property
    def dense_width(self) -> int:
        """Dense values a step takes."""
        return sum(width for _, width in self.dense)

    @property
    def state_shape(self) -> tuple[int, int, int]:
        """(parts, layers, hidden): h alone for rnn and gru, h and c for lstm."""
        return (2 if self.cell == "lstm" else 1), self.layers, self.hidden

    def head_columns(self, names: tuple[str, ...]) -> list[int]:
        """Where the named columns stand in a row of head features."""
        order = [name for name, _ in self.head_features]
        return [order.index(name) for name in names]

    def head_sizes(self, names: tuple[str, ...]) -> list[int]:
        """Vocabulary sizes of the named head features."""
        sizes = dict(self.head_features)
        return [sizes[name] for name in names]

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every weight by name with its shape: the one list that network, engine and model file agree on."""
        gates, hidden, head = GATES[self.cell] * self.hidden, self.hidden, self.head
        shapes: dict[str, tuple[int, ...]] = {"inputs": (self.input_rows, self.embedding)}
        if self.dense:
            shapes["dense"] = (self.dense_width, self.embedding)
        for layer in range(self.layers):
            shapes[f"layer{layer}.w_xh"] = (gates, hidden if layer else self.embedding)
            shapes[f"layer{layer}.w_hh"] = (gates, hidden)
            shapes[f"layer{layer}.b_x"] = (gates,)
            shapes[f"layer{layer}.b_h"] = (gates,)
        shapes["project.w"], shapes["project.b"] = (len(self.fields) * head, hidden), (len(self.fields) * head,)
        for f in self.fields:
            if f is not self.fields[-1]:
                shapes[f"{f.name}.condition"] = (f.size, head)
            if f.embedded:
                shapes[f"{f.name}.embedded"] = (sum(self.head_sizes(f.embedded)), head)
            outputs = {
                "out": f.size,
                "relative": len(f.references) * f.distances,
                "copy": len(f.copies),
                "conv_out": f.filters,
            }
            for name, size in outputs.items():
                if size:
                    shapes[f"{f.name}.{name}.w"], shapes[f"{f.name}.{name}.b"] = (size, head), (size,)
            if f.convolved:
                shapes[f"{f.name}.conv.w"], shapes[f"{f.name}.conv.b"] = (f.filters, len(f.convolved)), (f.filters,)
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
            lists: dict[str, Any] = {name: names(f[name]) for name in ("embedded", "copies", "references", "convolved")}
            counts: dict[str, Any] = {
                name: int(f[name]) for name in ("ordinal_size", "max_distance", "period", "filters")
            }
            return FieldConfig(str(f["name"]), int(f["size"]), **lists, **counts)

        try:
            widths = ("dense_scale", "hidden", "layers", "embedding", "head")
            return cls(
                fields=tuple(head(f) for f in data["fields"]),
                inputs=columns(data["inputs"]),
                dense=columns(data["dense"]),
                head_features=columns(data["head_features"]),
                cell=str(data["cell"]),
                **{name: int(data[name]) for name in widths},
            )
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise ModelFileError(f"the model's configuration is not readable: {error!r}") from None
