"""pyarrow: columns by their elements, however they are cut into chunks and slices."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any, Final

from pytest_mimic._fingerprint._builtins import take_buffer
from pytest_mimic._fingerprint._libraries import _strings
from pytest_mimic._fingerprint._nodes import Parts, Refusal
from pytest_mimic._fingerprint._objects import Rule, family_rule

BYTE: Final = 8
FRAME: Final = b"pandas"
USUAL_LABELS: Final = ((None, "unicode"), (None, "empty"))
WIDTHS: Final = frozenset({8, 16, 32, 64})


def without_chunks(values: Any) -> Any:
    """One array without chunks."""
    return values.combine_chunks() if hasattr(values, "combine_chunks") else values


def take_values(values: Any) -> Parts:
    """What stands for the elements of an array or a chunked array, with their type."""
    types: Any = sys.modules["pyarrow.types"]
    array = without_chunks(values)
    kind = array.type
    texts = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    if any(is_text(kind) for is_text in texts):
        return Parts((str(kind), _strings.take_arrow(array)))
    if types.is_primitive(kind) and kind.bit_width in WIDTHS:
        return Parts((str(kind), len(array), _mask(array), _take_fixed(array)))
    if types.is_dictionary(kind):
        return Parts((str(kind), take_values(array.dictionary_decode())))
    if types.is_struct(kind):
        fields = [take_values(field) for field in array.flatten()]
        return Parts((str(kind), len(array), _mask(array), fields))
    if types.is_list(kind) or types.is_large_list(kind):
        lengths = take_values(array.value_lengths())
        return Parts((str(kind), lengths, take_values(array.flatten())))
    return Parts((str(kind), array.to_pylist()))


def _mask(array: Any) -> object:
    return bytes(array.is_null().to_pylist()) if array.null_count else None


def _take_fixed(array: Any) -> object:
    pyarrow: Any = sys.modules["pyarrow"]
    width = array.type.bit_width
    numbers = array.view(f"uint{width}")
    if array.null_count:
        # What lies under a missing value is no element.
        filled = [numbers, pyarrow.scalar(0, numbers.type)]
        # It has a shorthand in Python, which users may name as a target.
        numbers = importlib.import_module("pyarrow.compute").call_function("coalesce", filled)
    data = numbers.buffers()[1]
    first = numbers.offset * width // BYTE
    view = memoryview(data if data is not None else b"")
    return take_buffer(view[first : first + len(numbers) * width // BYTE])


def _take_array(value: Any) -> tuple[str, object]:
    pyarrow: Any = sys.modules["pyarrow"]
    kind = "chunked array" if isinstance(value, pyarrow.ChunkedArray) else "arrow array"
    return kind, take_values(value)


def _take_table(value: Any) -> tuple[str, object]:
    columns = [take_values(column) for column in value.columns]
    known = type(value).__name__, value.num_rows, _fields(value.schema), columns
    return "table", Parts((*known, *_notes(value.schema)))


def _fields(schema: Any) -> list[object]:
    """Names, types and nullability."""
    return [(field.name, str(field.type), field.nullable) for field in schema]


def _notes(schema: Any) -> list[object]:
    """What is noted beside a schema, if anything is.

    Equality does not ask for it, but whoever reads it does: pandas has its index from there. What
    it notes of versions, and of labels as most frames have them, is left out.
    """
    noted = dict(schema.metadata or {})
    frame = json.loads(noted.pop(FRAME, "{}"))
    index = [each for each in frame.get("index_columns", ()) if not _counts_rows(each)]
    columns = [
        (each.get("name"), each.get("pandas_type")) for each in frame.get("column_indexes", ())
    ]
    labels = [each for each in columns if each not in USUAL_LABELS]
    return [Parts((noted, index, labels))] if noted or index or labels else []


def _counts_rows(index: Any) -> bool:
    traits = {"kind": "range", "name": None, "start": 0, "step": 1}
    return isinstance(index, dict) and {**index, **traits} == index


def _take_scalar(value: Any) -> tuple[str, object]:
    pyarrow: Any = sys.modules["pyarrow"]
    return "arrow scalar", take_values(pyarrow.array([value], type=value.type))


def _take_type(value: Any) -> tuple[str, object]:
    return "arrow type", str(value)


def _take_field(value: Any) -> tuple[str, object]:
    return "arrow field", (value.name, str(value.type), value.nullable)


def _take_schema(value: Any) -> tuple[str, object]:
    fields, notes = _fields(value), _notes(value)
    return "arrow schema", Parts((fields, *notes)) if notes else fields


def _take_buffer(value: Any) -> tuple[str, object]:
    return "arrow buffer", take_buffer(memoryview(value))


def _take_options(value: Any) -> tuple[str, object]:
    return "arrow options", (type(value).__name__, bytes(value.serialize()))


def _refuse(value: Any) -> tuple[str, object]:
    raise Refusal(f"{type(value).__module__}.{type(value).__qualname__}")


def rule_of(kind: type) -> Rule | None:
    """The rule of a type of pyarrow."""
    pyarrow: Any = sys.modules["pyarrow"]
    # A submodule: where nobody imported it, none of these are there.
    options = getattr(sys.modules.get("pyarrow.compute"), "FunctionOptions", ())
    families: dict[Any, Rule] = {
        (pyarrow.ExtensionArray, pyarrow.ExtensionType): _refuse,
        (pyarrow.Array, pyarrow.ChunkedArray): _take_array,
        (pyarrow.Table, pyarrow.RecordBatch): _take_table,
        pyarrow.Scalar: _take_scalar,
        pyarrow.DataType: _take_type,
        pyarrow.Field: _take_field,
        pyarrow.Schema: _take_schema,
        pyarrow.Buffer: _take_buffer,
        options: _take_options,
    }
    return family_rule(kind, families)
