"""Objects of any class: their class and their state, or what their own reduction says."""

from __future__ import annotations

import copyreg
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable, Mapping, Reversible
from collections.abc import Set as AbstractSet
from types import FunctionType
from typing import Any, Final

from pytest_mimic._fingerprint._elsewhere import stores_of
from pytest_mimic._fingerprint._nodes import Parts, Refusal, State
from pytest_mimic._fingerprint._references import describe_type, find, public_module
from pytest_mimic._values._attributes import silent_names

Rule = Callable[[Any], tuple[str, object]]
"""Takes a value apart: a tag that says what it is, and what is left to walk."""

REDUCE_PROTOCOL: Final = 4
LEAST_HASH: Final = 1 << 32
"""As good as no hash of a text is a smaller number."""
GENERATED_GETSTATES: Final = frozenset({"_dataclass_getstate"})
STANDARD_REDUCTIONS: Final = frozenset({"collections", "dataclasses"})
STAMPS: Final = frozenset({"_django_version"})
"""What a library writes into a pickle to know which of its versions made it."""


def slot_names(kind: type, until: type = object) -> tuple[str, ...]:
    """The slots of a class and its bases, private ones mangled.

    Args:
        kind: The class.
        until: The base whose slots, and those of the bases after it, are left out.
    """
    return slots_of(before(kind, until))


def slots_of(classes: Iterable[type]) -> tuple[str, ...]:
    """The slots that classes declare themselves, private ones mangled.

    Args:
        classes: The classes, whose bases count where they are among them.
    """
    names: set[str] = set()
    for base in classes:
        slots = vars(base).get("__slots__", ())
        for slot in (slots,) if isinstance(slots, str) else tuple(slots):
            if slot in ("__dict__", "__weakref__"):
                continue
            private = slot.startswith("__") and not slot.endswith("__")
            stripped = base.__name__.lstrip("_")
            names.add(f"_{stripped}{slot}" if private and stripped else slot)
    return tuple(sorted(names))


def before(kind: type, until: type) -> tuple[type, ...]:
    """The class and its bases, up to but not including one of them."""
    return kind.__mro__[: kind.__mro__.index(until)]


def state_reader(kind: type, until: type = object) -> Callable[[object], object]:
    """What reads the state of the objects of a class: their attributes and slots.

    Nothing of the class runs: a ``__getattr__`` may set what it is asked for.

    Args:
        kind: The class.
        until: The base whose slots are left out, for what they hold is known otherwise.

    Returns:
        A function of the object. It returns `State`, or a plain dict where an attribute has a name
        that is not a string. It refuses an object of which a descriptor keeps something elsewhere.
    """
    computed = silent_names(kind)
    slots = slot_names(kind, until)
    stores = stores_of(kind)
    may_remember = isinstance(kind.__hash__, FunctionType) and not hasattr(kind, "__del__")
    if not (slots or computed or stores or may_remember):
        return _attributes

    def read(value: object) -> object:
        for store in stores:
            if store.holds(value):
                kept = f"its .{store.name} is kept by a descriptor, and nothing of it by itself"
                raise Refusal(f"{describe_type(kind)} ({kept})")
        state = {**attributes_of(value), **present(value, slots)}
        known = {name: state[name] for name in state if name not in computed} if computed else state
        return named(_without_hash(value, kind, known) if may_remember else known)

    return read


def _without_hash(value: object, kind: type, state: dict[Any, object]) -> dict[Any, object]:
    """Attributes less a hash that an object remembers, which is another in the next process."""
    suspects = {
        name: item for name, item in state.items() if type(item) is int and abs(item) >= LEAST_HASH
    }
    if not suspects:
        return state
    try:
        own = hash(stand_in(value, kind, suspects))
    except Exception:  # noqa: BLE001 - code of its class, which may want what it remembers
        return state
    return {name: item for name, item in state.items() if suspects.get(name) != own}


def _attributes(value: object) -> object:
    return named(attributes_of(value))


def attributes_of(value: object) -> dict[Any, object]:
    """The ``__dict__`` of an object, empty where it has none; no code of its class runs."""
    try:
        found: dict[Any, object] = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found


def set_by_others(value: object, own: Container[str]) -> list[State]:
    """The attributes of an object that its library does not set itself, if there are any.

    Args:
        value: The object.
        own: The names of those that the library sets.
    """
    others = {name: held for name, held in attributes_of(value).items() if name not in own}
    return [State(others)] if others else []


def present(value: object, names: tuple[str, ...]) -> dict[Any, object]:
    """Those of some attributes of an object that are set; no code of its class runs.

    Args:
        value: The object.
        names: The names of its slots and other attributes.
    """
    found: dict[Any, object] = {}
    for name in names:
        try:
            found[name] = object.__getattribute__(value, name)
        except AttributeError:
            continue
    return found


def named(state: dict[Any, object]) -> object:
    """Attributes by name, where all the names are strings."""
    return State(state) if set(map(type, state)) <= {str} else dict(state)


def family_rule(kind: type, families: Mapping[Any, Rule]) -> Rule | None:
    """The rule of the first of some types, or tuples of types, that a class derives from."""
    return next((rule for bases, rule in families.items() if issubclass(kind, bases)), None)


def rule_without(names: frozenset[str]) -> Rule:
    """The rule of an object that keeps more than it is: it is its attributes less these.

    Args:
        names: What it keeps besides: a lock, the time of its last use.
    """

    def take(value: Any) -> tuple[str, object]:
        state = {name: item for name, item in vars(value).items() if name not in names}
        return "object", Parts((type(value), named(state)))

    return take


def overrides(kind: type, until: type, *names: str) -> bool:
    """Whether Python code of a class, or of a base before a given one, says how it is reduced.

    The standard library does not count: what of its classes is not known here is derived from
    classes that are.
    """
    for base in before(kind, until):
        for name in names:
            method = vars(base).get(name)
            if isinstance(method, FunctionType):
                return method.__globals__.get("__name__") not in STANDARD_REDUCTIONS
    return False


def equals_itself_alone(kind: type) -> bool:
    """Whether a class is known by what it is, and not by what its metaclass says of it.

    Two classes may be equal otherwise, and be one where a dict is asked for them.
    """
    own: Any = type(kind)
    plain: Any = type
    return own is plain or (own.__eq__ is plain.__eq__ and own.__hash__ is plain.__hash__)


def reduces_as_object(kind: type) -> bool:
    """Whether a class leaves it to `object` to say how its objects are reduced."""
    own: Any = kind
    plain: Any = object
    return own.__reduce_ex__ is plain.__reduce_ex__ and own.__reduce__ is plain.__reduce__


def has_default_reduction(kind: type) -> bool:
    """Whether nothing but `object` says how objects of a class are reduced."""
    return reduces_as_object(kind) and kind not in copyreg.dispatch_table


def is_its_attributes(kind: type) -> bool:
    """Whether nobody says that objects of a class are anything but their attributes and slots."""
    return has_default_reduction(kind) and _getstate(kind) is None and not _takes_arguments(kind)


def _getstate(kind: type) -> Any:
    for base in kind.__mro__:
        found = vars(base).get("__getstate__")
        if found is not None and base is not object:
            return None if getattr(found, "__name__", "") in GENERATED_GETSTATES else found
    return None


def object_rule(kind: type) -> Rule:
    """The rule of a class that nobody wrote one for."""
    if not is_its_attributes(kind):
        return reduction_rule(kind)
    read = state_reader(kind)
    probed = False

    def plain(value: object) -> tuple[str, object]:
        nonlocal probed
        if not probed:
            # Python knows which types keep more state in C than it can see, and refuses them.
            _reduce(stand_in(value, kind), kind)
            probed = True
        return "object", Parts((kind, read(value)))

    return plain


def stand_in(value: object, kind: type, without: Container[str] = ()) -> object:
    """An object with the attributes of another, for Python to look at with code of its class.

    It is that one itself where no other can be made, or where its end would be noticed.

    Args:
        value: The other.
        kind: Its class.
        without: The names of the attributes that it is not to have.
    """
    if hasattr(kind, "__del__"):
        return value
    try:
        made: object = object.__new__(kind)
    except TypeError:
        return value
    kept = (
        {name: content for name, content in held.items() if name not in without}
        for held in (attributes_of(value), present(value, slot_names(kind)))
    )
    return filled(made, *kept)


def filled(made: object, attributes: Mapping[Any, object], slots: Mapping[Any, object]) -> object:
    """Gives an object that was just made what is in another; no code of its class runs.

    Args:
        made: The object.
        attributes: What the ``__dict__`` of the other holds.
        slots: What its slots hold.
    """
    attributes_of(made).update(attributes)
    for name, content in slots.items():
        object.__setattr__(made, name, content)
    return made


def _takes_arguments(kind: type) -> bool:
    return hasattr(kind, "__getnewargs_ex__") or hasattr(kind, "__getnewargs__")


def reduction_rule(kind: type, without: frozenset[str] = frozenset()) -> Rule:
    """The rule of a class whose own reduction says what it is.

    Args:
        kind: The class.
        without: Attributes that its reduction has, and that are no part of what it is.
    """
    silent = silent_names(kind) | STAMPS | without
    default = has_default_reduction(kind)
    ordered = issubclass(kind, OrderedDict)
    whole = _of_no_order(kind)

    def reduce(value: object) -> tuple[str, object]:
        reduced = _reduce(value, kind)
        if isinstance(reduced, str):
            return "global", _global(value, reduced)
        function, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
        if default:
            # copyreg.__newobj__ and its like differ from one version to the next.
            function = kind
        return "reduced", Parts(
            (
                function,
                Parts(whole(value, arguments)),
                _state_parts(state, silent),
                None if items is None else list(items),
                _pairs(pairs, ordered),
            )
        )

    return reduce


def _of_no_order(kind: type) -> Callable[[Any, tuple[Any, ...]], tuple[Any, ...]]:
    """What takes the order from the arguments of a reduction, where it is that of hashes.

    A set or mapping that does not even say what its reverse is may list itself there as it stands
    in memory. What it lists comes in no order, then.
    """
    whole: Any = None
    if not issubclass(kind, Reversible):
        kinds = ((AbstractSet, frozenset), (Mapping, dict))
        whole = next((made for base, made in kinds if issubclass(kind, base)), None)

    def take(value: Any, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        if whole is None or len(arguments) != 1 or type(arguments[0]) is not list:
            return arguments
        listed = whole(arguments[0])
        return (listed,) if len(listed) == len(arguments[0]) == len(value) else arguments

    return take


def _reduce(value: Any, kind: type) -> str | tuple[Any, ...]:
    registered: Any = copyreg.dispatch_table.get(kind)
    try:
        reduced = registered(value) if registered else value.__reduce_ex__(REDUCE_PROTOCOL)
    except TypeError as error:
        if registered or overrides(kind, object, "__reduce__", "__reduce_ex__", "__getstate__"):
            raise
        raise Refusal(describe_type(kind)) from error
    if isinstance(reduced, str | tuple):
        return reduced
    raise TypeError(f"a reduction is a string or a tuple, not {type(reduced).__name__}")


def _global(value: Any, qualname: str) -> str:
    for module in (getattr(value, "__module__", None), type(value).__module__):
        if type(module) is str and find(module, qualname) is value:
            return f"{public_module(module, qualname, value)}:{qualname}"
    kind = describe_type(type(value))
    raise Refusal(f"{kind} {qualname} (it cannot be imported by its name)")


def _pairs(pairs: Any, ordered: bool) -> object:
    if pairs is None:
        return None
    return list(pairs) if ordered else dict(pairs)


def _state_parts(state: object, silent: frozenset[str]) -> object:
    if type(state) is dict:
        return named({name: state[name] for name in state if name not in silent})
    if type(state) is tuple and len(state) == 2 and type(state[1]) is dict:  # noqa: PLR2004
        return Parts(_state_parts(part, silent) for part in state)
    return state


def refuse(culprit: str) -> Rule:
    """The rule of a type whose values cannot be told apart."""

    def refused(_: object) -> tuple[str, object]:
        raise Refusal(culprit)

    return refused
