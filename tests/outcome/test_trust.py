"""What a payload may import where only some modules are trusted, and ways around that."""

from __future__ import annotations

import builtins
import collections
import copyreg
import importlib.util
import io
import pickle
import sys
import types
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from pytest_mimic._fingerprint import Fingerprinter
from pytest_mimic._outcome import (
    Before,
    Raised,
    Returned,
    Trust,
    _rebuild,
    changes_after,
    decode,
    encode,
)
from pytest_mimic._outcome._pickles import _trust
from pytest_mimic._outcome._streams._tape import StreamReader
from pytest_mimic.errors import (
    UnrecordableOutcomeError,
    UnreplayableOutcomeError,
    UntrustedOutcomeError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DIGEST = Fingerprinter().digest
OWN = _rebuild.__name__
PLAIN, REFERENCES, DILL = b"\x00", b"\x08", b"\x20"


def named(module: str, name: str) -> bytes:
    """The opcodes that push what a module holds under a name."""
    texts = (text.encode() for text in (module, name))
    return b"".join(b"\x8c" + bytes([len(text)]) + text for text in texts) + b"\x93"


def forged(*opcodes: bytes, flags: bytes = PLAIN) -> bytes:
    return b"\x80\x05" + b"".join(opcodes) + b"." + flags


def called(function: bytes, *texts: str) -> bytes:
    """The opcodes that call a function with texts."""
    pushed = b"".join(b"\x8c" + bytes([len(text)]) + text.encode() for text in texts)
    return function + b"(" + pushed + b"tR"


def load(payload: bytes, trusted: Sequence[str], arguments: Sequence[object] = ()) -> Any:
    return decode(payload, arguments, DIGEST, Trust(trusted)).replay()


class Wicked:
    """Pickles as whatever it is told."""

    def __init__(self, reduced: tuple[Any, ...]) -> None:
        self.reduced = reduced

    def __reduce__(self) -> tuple[Any, ...]:
        return self.reduced


class Named:
    """Found by its name, and so by no path from an argument."""

    def __init__(self) -> None:
        self.method = eval


class TestRefused:
    @pytest.mark.parametrize(
        ("module", "name"),
        [
            ("os", "system"),
            ("posix", "system"),
            ("builtins", "eval"),
            ("builtins", "exec"),
            ("builtins", "getattr"),
            ("builtins", "setattr"),
            ("builtins", "__import__"),
            ("builtins", "open"),
            ("builtins", "type"),
            ("builtins", "vars"),
            ("builtins", "object.__subclasses__"),
            ("builtins", "str.format"),
            ("builtins", "ValueError.__subclasses__"),
            ("builtins", "nothing"),
            ("__builtin__", "eval"),
            ("__builtin__", "__main__"),
            ("copyreg", "pickle"),
            ("copyreg", "dispatch_table"),
            ("operator", "attrgetter"),
            ("dill._dill", "_create_function"),
            ("dill._dill", "_import_module"),
            ("pickle", "loads"),
            (OWN, "importlib.import_module"),
            (OWN, "importlib"),
            (OWN, "io.open"),
            (OWN, "module.__globals__"),
            ("pytest_mimic._outcome._codec", "load"),
            ("decimal_", "Decimal"),
            # From a module that is trusted, what is another's.
            ("fnmatch", "os"),
            ("fnmatch", "os.system"),
            ("fnmatch", "posixpath.os.system"),
            ("fnmatch", "fnmatch.__globals__"),
            ("fnmatch", "fnmatch.__builtins__"),
            ("fnmatch", "__builtins__"),
            ("fnmatch", "__loader__"),
            ("decimal", "Decimal.__getattribute__"),
            ("decimal", "Decimal.__class__"),
            ("decimal", "Decimal.__subclasses__"),
            ("decimal", "Decimal.__init__.__class__"),
            ("decimal", "Decimal.__dict__"),
        ],
    )
    def test_what_is_named(self, module: str, name: str) -> None:
        with pytest.raises(UntrustedOutcomeError) as caught:
            load(forged(named(module, name)), ["decimal", "fnmatch"])
        assert str(caught.value) == (
            f"it imports {module}.{name}, and mimic_trusted_modules trusts only decimal, fnmatch"
        )

    @pytest.mark.parametrize(
        ("function", "texts", "says"),
        [
            ("module", ("os",), "os"),
            ("attribute", ("os", "system"), "os.system"),
            ("attribute", ("fnmatch", "os"), "fnmatch.os"),
            ("attribute", ("decimal", "Decimal"), "decimal.Decimal"),
            ("attribute", ("builtins", "eval"), "builtins.eval"),
            ("constant", ("os", "system", "", ""), "os.system"),
        ],
    )
    def test_what_our_own_functions_would_import(
        self, function: str, texts: tuple[str, ...], says: str
    ) -> None:
        with pytest.raises(UntrustedOutcomeError, match=f"it imports {says},"):
            load(forged(called(named(OWN, function), *texts)), ["decimal", "fnmatch"])

    @pytest.mark.parametrize(
        ("module", "path"),
        [
            ("os", "environ"),
            ("decimal", "__builtins__"),
            ("fnmatch", "os.environ"),
            ("fnmatch", "functools.partial.table"),
        ],
    )
    def test_tables_that_are_no_class_s_own(self, module: str, path: str) -> None:
        name = named("pytest_mimic._outcome._pickles._interned", "interned")
        with pytest.raises(UntrustedOutcomeError, match=f"it imports {module}.{path},"):
            load(forged(called(name, "", module, path, "")), ["decimal", "fnmatch"])

    def test_nothing_is_imported_to_be_refused(self) -> None:
        assert importlib.util.find_spec("this") is not None
        with pytest.raises(UntrustedOutcomeError):
            load(forged(named("this", "s")), ["decimal"])
        with pytest.raises(UntrustedOutcomeError):
            load(forged(called(named(OWN, "module"), "this")), ["decimal"])
        assert "this" not in sys.modules

    @pytest.mark.parametrize("protocol", range(5))
    def test_in_every_protocol(self, protocol: int) -> None:
        payload = pickle.dumps(Wicked((eval, ("1",))), protocol) + PLAIN
        with pytest.raises(UntrustedOutcomeError, match="eval"):
            load(payload, ["decimal"])

    def test_what_is_registered_as_an_extension(self) -> None:
        copyreg.add_extension("builtins", "eval", 77)
        try:
            with pytest.raises(UntrustedOutcomeError, match=r"builtins\.eval"):
                load(forged(b"\x82\x4d"), ["decimal"])
        finally:
            copyreg.remove_extension("builtins", "eval", 77)

    def test_what_dill_stores(self) -> None:
        secret = 5
        payload = bytes(encode(Returned(lambda: secret), Before([], (), frozenset(), DIGEST)))
        assert payload[-1] & DILL[0]
        given: Any = decode(payload, (), DIGEST).replay()
        assert given() == 5
        with pytest.raises(UntrustedOutcomeError, match=r"it imports dill\._dill\."):
            load(payload, ["decimal", "test_trust"])
        assert load(payload, ["*"])() == 5

    @pytest.mark.parametrize(
        "path",
        [
            (0, "s", "__globals__"),
            (0, "s", "__globals__", "[", "sys"),
            (1, "s", "__class__"),
            (1, "s", "__reduce_ex__"),
            (1, "t", None),
            (1, ".", "method"),
            (2, "[", "eval"),
        ],
    )
    def test_what_no_recording_refers_to_in_the_arguments(self, path: tuple[Any, ...]) -> None:
        local = lambda: None  # noqa: E731  # found by no name
        stream = io.BytesIO()

        class Pickler(pickle.Pickler):
            def persistent_id(self, value: object) -> object:
                return path if value is Named else None

        Pickler(stream, 5).dump(Named)
        payload = stream.getvalue() + REFERENCES
        arguments = [local, Named(), {"eval": eval}]
        assert decode(payload, arguments, DIGEST).replay() is not None
        with pytest.raises(UnreplayableOutcomeError, match="no recording"):
            load(payload, ["decimal"], arguments)

    def test_what_stands_before_the_steps_of_a_stream(self) -> None:
        head = pickle.dumps(Wicked((print, ("run",))))
        tape = len(head).to_bytes(4, "little") + (0).to_bytes(8, "little") + head + b"\x02\x02"
        with pytest.raises(UnreplayableOutcomeError, match=r"builtins\.print"):
            StreamReader(tape).next()

    def test_when_it_is_recorded(self) -> None:
        before = Before([], (), frozenset(), DIGEST, Trust(["fractions"]))
        says = r"cannot record result: it imports decimal\.Decimal, and .* trusts only fractions\n"
        with pytest.raises(UnrecordableOutcomeError, match=says):
            encode(Returned({"price": Decimal(1), "blob": b"x" * (1 << 21)}), before)


class Own(collections.UserList):  # type: ignore[type-arg]  # of anything
    SENTINEL = object()

    class Inner:
        pass


SENTINEL = object()


class TestAllowed:
    @pytest.mark.parametrize(
        "value",
        [
            {"a": [1, 2.5, True, None, ..., (b"x", bytearray(b"y")), {1}, frozenset({2}), 1j]},
            [range(3), slice(1, 2), len, sorted, int, ValueError, OSError(2, "no")],
            Decimal("1.50"),
        ],
    )
    def test_values_and_what_is_trusted(self, value: Any) -> None:
        payload = bytes(encode(Returned(value), Before([], (), frozenset(), DIGEST)))
        assert DIGEST(load(payload, ["decimal"])) == DIGEST(value)

    @pytest.mark.parametrize("pattern", [__name__, "*", f"{__name__[:4]}*", "?" * len(__name__)])
    def test_patterns(self, pattern: str) -> None:
        value = [Own([1]), Own.Inner(), SENTINEL, iter([1]), sys.modules[__name__], Own.Inner]
        payload = bytes(encode(Returned(value), Before([], (), frozenset(), DIGEST)))
        loaded = load(payload, [pattern, "collections"])
        assert loaded[0] == [1]
        assert loaded[2] is SENTINEL
        assert loaded[4] is sys.modules[__name__]
        assert loaded[5] is Own.Inner
        with pytest.raises(UntrustedOutcomeError):
            load(payload, ["collections"])

    @pytest.mark.parametrize(
        ("value", "trusted"),
        [
            ([np.arange(3.0), np.arange(30_000.0), np.float32(1), np.add], ["numpy", "numpy.*"]),
            (np.random.default_rng(1), ["numpy*"]),
            (pd.DataFrame({"a": [1.0], "b": ["x"]}), ["numpy*", "pandas*", "pyarrow*"]),
        ],
    )
    def test_numpy_and_pandas(self, value: Any, trusted: Sequence[str]) -> None:
        self._is_for(value, trusted)

    @pytest.mark.parametrize(
        ("module", "make", "trusted"),
        [
            ("scipy.sparse", lambda sparse: sparse.csr_array([[1.0]]), ["numpy*", "scipy*"]),
            ("polars", lambda polars: polars.DataFrame({"a": [1]}), ["polars*"]),
            ("pyarrow", lambda pyarrow: pyarrow.table({"a": [1]}), ["pyarrow*"]),
        ],
    )
    def test_libraries(
        self, module: str, make: Callable[[Any], Any], trusted: Sequence[str]
    ) -> None:
        self._is_for(make(pytest.importorskip(module)), trusted)

    def _is_for(self, value: Any, trusted: Sequence[str]) -> None:
        payload = bytes(encode(Returned(value), Before([], (), frozenset(), DIGEST)))
        assert DIGEST(load(payload, trusted)) == DIGEST(value)
        with pytest.raises(UntrustedOutcomeError):
            load(payload, ["decimal"])

    def test_views_and_changes_of_an_argument(self) -> None:
        ours, theirs = np.zeros(3), np.zeros(3)
        before = Before(["a"], [ours], frozenset(), DIGEST, Trust(["numpy*"]))
        ours += 1
        effects = changes_after(before, lambda: False)
        payload = bytes(encode(Returned(ours[1:]), before, effects))
        assert load(payload, ["numpy*"], [theirs]).base is not None
        assert theirs.tolist() == [1, 1, 1]

    def test_all_that_payloads_call(self) -> None:
        """None of it does more than a module that is trusted can."""
        ours = {
            name
            for name, found in vars(_rebuild).items()
            if getattr(found, "__module__", "") == OWN and isinstance(found, types.FunctionType)
        }
        inner = {"state_of", "fill_http_response", "fill_urllib3"}
        assert ours - inner == _trust._OWN_NAMES

    def test_exceptions_and_what_refers_to_the_caller(self) -> None:
        error = KeyError("key")
        error.__cause__ = ValueError([1])
        payload = bytes(encode(Raised(error), Before([], (), frozenset(), DIGEST)))
        with pytest.raises(KeyError) as caught:
            load(payload, ["decimal"])
        assert isinstance(caught.value.__cause__, ValueError)
        ours: Any = {"list": [1], "own": Own([2])}
        before = Before(["a"], [ours], frozenset(), DIGEST)
        payload = bytes(encode(Returned([ours, ours["list"], ours["own"]]), before))
        loaded = load(payload, ["decimal"], [ours])
        assert loaded[0] is ours
        assert loaded[1] is ours["list"]
        assert loaded[2] is ours["own"]

    def test_objects_in_old_protocols(self) -> None:
        for protocol in (3, 4, 5):
            assert load(pickle.dumps(Own([1]), protocol) + PLAIN, [__name__]) == [1]

    def test_what_pickle_itself_needs(self) -> None:
        assert load(forged(named("copyreg", "_reconstructor")), ["decimal"]) is not None

    def test_builtin_functions_without_a_module(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Function:
            __module__ = None  # type: ignore[assignment]  # as functions of some C code have it
            __self__ = builtins

        monkeypatch.setattr(sys.modules[__name__], "function", Function(), raising=False)
        with pytest.raises(UntrustedOutcomeError):
            load(forged(named(__name__, "function")), [__name__])
        monkeypatch.setattr(Function, "__self__", sys.modules[__name__])
        assert isinstance(load(forged(named(__name__, "function")), [__name__]), Function)
