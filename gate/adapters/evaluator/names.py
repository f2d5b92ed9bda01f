"""Looking names up, binding and unbinding them, as the scopes say."""

from __future__ import annotations

from gate.adapters.evaluator.attributes import is_dunder
from gate.adapters.evaluator.library import FUNCTIONS, TYPES
from gate.adapters.evaluator.machine import Machine
from gate.adapters.evaluator.values import BuiltinFunction, BuiltinType, Frame, Raising, Unknown, Value, mangled

# Known to Python, not to the model: to use one leaves it.
_UNMODELLED = frozenset(
    "__build_class__ __debug__ __import__ __loader__ __spec__ aiter anext bin breakpoint bytearray compile complex "  # noqa: SIM905 - words on a few lines
    "copyright credits delattr dir eval exec exit globals hash help id input license locals memoryview open quit vars "
    "NotImplemented __path__ __builtins__ __cached__ __annotations__ __dict__ __module__ __qualname__".split()
) - set(FUNCTIONS)
_UNKNOWN = frozenset({"__doc__", "__file__", "__package__"})
# What a module or class may bind among the names that Python keeps for itself: words that nothing reads, and methods
# whose every use is either modelled or refused. The rest steer imports, builtins and the making of classes.
_FREE = frozenset(
    "__all__ __author__ __contact__ __copyright__ __credits__ __date__ __description__ __doc__ __docformat__ "  # noqa: SIM905 - words on a few lines
    "__email__ __future__ __license__ __maintainer__ __match_args__ __slots__ __status__ __summary__ __title__ "
    "__uri__ __url__ __version__ __version_info__ __dir__ __getattr__ __getattribute__ __setattr__ __delattr__ "
    "__new__ __init__ __post_init__ __init_subclass__ __set_name__ __get__ __set__ __delete__ __class_getitem__ "
    "__repr__ __str__ __bytes__ __format__ __bool__ __hash__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __call__ "
    "__enter__ __exit__ __aenter__ __aexit__ __await__ __aiter__ __anext__ __len__ __length_hint__ __getitem__ "
    "__setitem__ __delitem__ __missing__ __iter__ __next__ __reversed__ __contains__ __neg__ __pos__ __abs__ "
    "__invert__ __int__ __float__ __complex__ __index__ __round__ __trunc__ __floor__ __ceil__ __fspath__ __copy__ "
    "__deepcopy__ __reduce__ __reduce_ex__ __getstate__ __setstate__ __getnewargs__ __getnewargs_ex__ "
    "__sizeof__".split()
) | {
    f"__{side}{name}__"
    for name in "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or".split()  # noqa: SIM905 - words on a few lines
    for side in ("", "r", "i")
}


def load(machine: Machine, written: str) -> Value:
    """The value of a name."""
    name = mangled(written, machine.frame.private)
    frame: Frame | None = machine.frame
    while frame is not None and frame.kind != "module":
        visible = frame is machine.frame or frame.kind != "class"
        if visible and name in frame.scope.globals:
            break
        if visible and name in frame.scope.bound:
            if name in frame.names:
                return frame.names[name]
            if frame.kind != "class":
                raise _unbound(machine, name, frame)
            break  # a class body looks past the functions around it for what it binds itself
        if name == "__class__" and frame.kind == "function" and frame.cell is not None:
            raise machine.unmodelled("__class__ isn't modelled")
        frame = frame.parent
    return _global(machine, name)


def _unbound(machine: Machine, name: str, frame: Frame) -> Raising:
    if frame is machine.frame:
        message = f"cannot access local variable '{name}' where it is not associated with a value"
        return machine.raising("UnboundLocalError", message)
    message = f"cannot access free variable '{name}' where it is not associated with a value in enclosing scope"
    return machine.raising("NameError", message)


def _global(machine: Machine, name: str) -> Value:
    module = machine.frame.module
    machine.live(module)
    if name in module.namespace:
        return module.namespace[name]
    if name in FUNCTIONS:
        return Value(BuiltinFunction(name))
    if name in TYPES:
        return Value(BuiltinType(TYPES[name]))
    cls = machine.classes.get(name)
    if cls is not None and "." not in name:
        return Value(cls)
    if name in _UNKNOWN:
        return Value(Unknown(machine.unmodelled(f"{name} isn't modelled"), inert=True))
    if name in _UNMODELLED:
        raise machine.unmodelled(f"{name} isn't modelled")
    raise machine.raising("NameError", f"name '{name}' is not defined")


def reserved(name: str) -> bool:
    """A name by which Python itself runs a module or makes a class: `__path__`, `__builtins__`, `__annotations__`."""
    return is_dunder(name) and name not in _FREE


def _bindable(machine: Machine, name: str) -> Frame | None:
    """The frame that `name` is bound in or taken from here; None for the module's."""
    place = _place(machine, name)
    if (place is None or place.kind == "class") and reserved(name):
        raise machine.unmodelled(f"binds {name}, which Python itself reads")
    return place


def _place(machine: Machine, name: str) -> Frame | None:
    """The frame that an assignment here binds `name` in; None for the module's."""
    frame = machine.frame
    if name in frame.scope.globals or frame.kind == "module":
        return None
    if name not in frame.scope.nonlocals:
        return frame
    outer = frame.parent
    while outer is not None and outer.kind != "module":
        if outer.kind != "class" and name in outer.scope.bound:
            return outer
        outer = outer.parent
    raise machine.unmodelled(f"no binding for nonlocal {name!r}")


def bind(machine: Machine, written: str, value: Value) -> None:
    """`name = value`."""
    name = mangled(written, machine.frame.private)
    place = _bindable(machine, name)
    tagged = machine.tagged(value)
    if place is None:
        machine.mutate(machine.frame.module)
        machine.frame.module.namespace[name] = tagged
    else:
        _same_epoch(machine, place)
        place.names[name] = tagged


def bind_walrus(machine: Machine, written: str, value: Value) -> None:
    """`(name := value)`: a comprehension binds it in the block around it."""
    inner = machine.frame
    frame = inner
    while frame.kind == "comprehension" and frame.parent is not None:
        frame = frame.parent
    machine.frame = frame
    try:
        bind(machine, written, value)
    finally:
        machine.frame = inner


def unbind(machine: Machine, written: str) -> None:
    """`del name`."""
    name = mangled(written, machine.frame.private)
    place = _bindable(machine, name)
    if place is None:
        machine.mutate(machine.frame.module)
        if machine.frame.module.namespace.pop(name, None) is None:
            raise machine.raising("NameError", f"name '{name}' is not defined")
        return
    _same_epoch(machine, place)
    if place.names.pop(name, None) is None:
        raise _unbound(machine, name, place)


def _same_epoch(machine: Machine, place: Frame) -> None:
    if place.epoch != machine.epoch:
        what = "alters a variable that outlives the call, so what it gives depends on earlier calls"
        raise machine.unmodelled(what, outlives=True)
