"""State and verbs: evaluate, run, call, raise."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gate.adapters.evaluator.bounds import MAX_CALLS, MAX_ITEMS, MAX_STEPS_LOAD, MAX_TEXT, Meter, Unmodelled
from gate.adapters.evaluator.package import Layout
from gate.adapters.evaluator.values import (
    NOTHING,
    ClassObj,
    DictObj,
    Frame,
    Heap,
    InstanceObj,
    ListObj,
    ModuleObj,
    Raising,
    Scope,
    SetObj,
    Value,
)
from gate.model import Location

_ELSEWHERE = {
    "dataclasses.FrozenInstanceError": "AttributeError",
    "subprocess.SubprocessError": "Exception",
    "subprocess.TimeoutExpired": "subprocess.SubprocessError",
    "subprocess.CalledProcessError": "subprocess.SubprocessError",
}


class InconsistentOrder(Exception):  # noqa: N818 - becomes the program's own TypeError
    """The bases have no consistent order."""


def linearised(cls: ClassObj, bases: Sequence[ClassObj]) -> tuple[ClassObj, ...]:
    """The method resolution order (C3) of `cls` over `bases`."""
    rows = [list(base.mro) for base in bases] + [list(bases)]
    order = [cls]
    while rows := [row for row in rows if row]:
        for row in rows:
            if not any(row[0] in other[1:] for other in rows):
                head = row[0]
                break
        else:
            raise InconsistentOrder
        order.append(head)
        rows = [row[1:] if row[0] is head else row for row in rows]
    return tuple(order)


def _builtin(name: str, *bases: ClassObj, abstract: bool = False) -> ClassObj:
    made = ClassObj(name=name, bases=bases, namespace={}, builtin=True, abstract=abstract)
    made.mro = linearised(made, bases)
    return made


def standard_classes() -> dict[str, ClassObj]:
    """By the name, or dotted path, that a program knows them by. Made afresh: nothing is shared between evaluations."""
    found = {"object": _builtin("object")}

    def add(kind: type) -> ClassObj:
        if kind.__name__ not in found:
            bases = [add(base) for base in kind.__bases__]
            found[kind.__name__] = _builtin(kind.__name__, *bases)
        return found[kind.__name__]

    for name, kind in vars(builtins).items():
        if isinstance(kind, type) and issubclass(kind, BaseException):
            found[name] = add(kind)
    for path, base in _ELSEWHERE.items():
        found[path] = _builtin(path.rpartition(".")[2], found[base])
    for path in ("typing.Generic", "abc.ABC"):
        found[path] = _builtin(path.rpartition(".")[2], found["object"], abstract=path == "abc.ABC")
    found["typing.Protocol"] = _builtin("Protocol", found["typing.Generic"], abstract=True)
    for path in ("Generic", "Protocol"):
        found[f"typing_extensions.{path}"] = found[f"typing.{path}"]
    return found


@dataclass(slots=True, kw_only=True)
class Answers:
    """The answers of one path. The first path says no to everything: a host where the probes find nothing."""

    script: list[int] = field(default_factory=list)
    options: list[int] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    given: dict[object, int] = field(default_factory=dict)

    def choose(self, question: object, options: int, text: str) -> int:
        """The answer to `question`, one of 0 … options − 1; the same each time on one path."""
        if question not in self.given:
            place = len(self.options)
            if place == len(self.script):
                self.script.append(0)
            self.options.append(options)
            self.questions.append(text)
            self.given[question] = self.script[place]
        return self.given[question]

    def restart(self) -> None:
        """Ask again from the start, with the script as it stands."""
        self.options.clear()
        self.questions.clear()
        self.given.clear()

    def advance(self) -> bool:
        """Turn to the next path; False when every one was tried."""
        del self.script[len(self.options) :]
        while self.script and self.script[-1] + 1 >= self.options[len(self.script) - 1]:
            self.script.pop()
        if not self.script:
            return False
        self.script[-1] += 1
        return True


MAX_NESTING = 150  # levels of Python's own stack, up to five frames each: the same wherever the gate is called from


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """How a block ended other than at its end: `return`, `break` or `continue`."""

    kind: str
    value: Value | None = None


Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What the machine can do, per node type or per type of value. Filled while the modules are imported."""

    expressions: dict[type, Callable[[Machine, Any], Value]] = field(default_factory=dict)
    statements: dict[type, Callable[[Machine, Any], Signal | None]] = field(default_factory=dict)
    calls: dict[type, Callable[[Machine, Value, Sequence[Value], dict[str, Value]], Value]] = field(
        default_factory=dict
    )
    attributes: dict[type, Callable[[Machine, Value, str], Value | None]] = field(default_factory=dict)


TABLES = Tables()


def models(table: dict[type, Callable[..., Any]], *kinds: type) -> Callable[[Handler], Handler]:
    """Register the decorated function as what `table` does with `kinds`."""

    def register(handler: Handler) -> Handler:
        for kind in kinds:
            table[kind] = handler
        return handler

    return register


class Machine:
    """One evaluation of one package.

    `epoch` is 0 while the package is imported, and another number for each emission, which must not alter what an
    earlier epoch made. `guard` counts the `try` statements around this point: there, what may raise can't be skipped.
    """

    def __init__(self, layout: Layout, load: Callable[[Machine, str], ModuleObj | None]) -> None:
        self.meter = Meter()
        self.epoch = 0
        self.depth = 0
        self.nesting = 0
        self.guard = 0
        self.layout = layout
        self.load = load
        self.world: Unmodelled | None = None  # something happened that could have altered anything
        self.modules: dict[str, ModuleObj] = {}
        self.classes = standard_classes()
        self.answers = Answers()
        self.touched: set[Location] = set()
        self.crossed: set[str] = set()  # files whose code altered what another file made
        self.importing: list[str] = []  # files whose top level is running
        self.scopes: dict[ast.AST, Scope] = {}
        outside = ModuleObj(name="", path="", namespace={})
        self.frame = Frame(kind="module", module=outside, names={}, scope=NOTHING)

    # --- where ------------------------------------------------------------------------------------------------------

    def here(self) -> Location:
        """The line that is being evaluated."""
        return self.frame.module.spot(self.frame.line)[0]

    def unmodelled(self, reason: str, *, outlives: bool = False) -> Unmodelled:
        """The end of the model, at this line."""
        return Unmodelled(reason, self.here(), self.depth, outlives=outlives)

    def raising(self, kind: str, *args: object) -> Raising:
        """An exception that Python itself would raise here."""
        cls = self.classes.get(kind)
        if cls is None:
            raise self.unmodelled(f"{kind} isn't modelled")
        return self.raising_with(kind, *(Value(arg) for arg in args))

    def raising_with(self, kind: str, *args: Value) -> Raising:
        """The same with arguments that are values already."""
        cls = self.classes[kind]
        made = InstanceObj(
            cls=cls, attributes={"args": Value(args)}, native=True, epoch=self.epoch, home=self.frame.module.path
        )
        return Raising(Value(made, (self.here(),)), self.here())

    # --- bounds -----------------------------------------------------------------------------------------------------

    def charge(self, steps: int = 1) -> None:
        """Take steps from the budget."""
        if not self.meter.charge(steps):
            raise self.unmodelled(f"does not end within {self.meter.allowed or MAX_STEPS_LOAD} steps")

    def fits(self, items: int) -> None:
        """A container of that many items may be made; it is paid for whole."""
        self.limit(items)
        self.charge(1 + items // 8)

    def limit(self, items: int) -> None:
        """A container may have grown to that many items, each paid for already."""
        if items > MAX_ITEMS:
            raise self.unmodelled(f"builds a container of more than {MAX_ITEMS} items")

    def fits_text(self, characters: int) -> None:
        """A string of that length may be made; it is paid for whole."""
        self.limit_text(characters)
        self.charge(1 + characters // 64)

    def limit_text(self, characters: int) -> None:
        """A string may have grown to that length, each part paid for already."""
        if characters > MAX_TEXT:
            raise self.unmodelled(f"builds a string of more than {MAX_TEXT} characters")

    # --- verbs ------------------------------------------------------------------------------------------------------

    def evaluate(self, node: ast.expr) -> Value:
        """The value of an expression."""
        self.frame.line = node.lineno
        self.charge()
        handler = TABLES.expressions.get(type(node))
        if handler is None:
            raise self.unmodelled(f"{type(node).__name__} expressions aren't modelled")
        self.deeper()
        try:
            return handler(self, node)
        finally:
            self.nesting -= 1

    def run(self, body: Sequence[ast.stmt]) -> Signal | None:
        """Run a block."""
        for statement in body:
            self.frame.line = statement.lineno
            self.charge()
            if self.epoch:
                self.touched.add(self.here())
            handler = TABLES.statements.get(type(statement))
            if handler is None:
                raise self.unmodelled(f"{type(statement).__name__} statements aren't modelled")
            self.deeper()
            try:
                signal = handler(self, statement)
            finally:
                self.nesting -= 1
            if signal is not None:
                return signal
        return None

    def call(self, callee: Value, args: Sequence[Value], kwargs: dict[str, Value] | None = None) -> Value:
        """Call a value."""
        self.charge()
        handler = TABLES.calls.get(type(callee.data))
        if handler is None:
            raise self.unmodelled("calls something that isn't modelled")
        if self.depth >= MAX_CALLS:
            raise self.unmodelled(f"calls go more than {MAX_CALLS} deep")
        return handler(self, callee, args, kwargs or {})

    def attribute(self, value: Value, name: str) -> Value | None:
        """`value.name`, None where there is no such attribute."""
        handler = TABLES.attributes.get(type(value.data))
        if handler is None:
            raise self.unmodelled(f"attribute {name!r} of something that isn't modelled")
        found = handler(self, value, name)
        if found is not None and self.epoch:
            self.touched.update(found.origins)
        return found

    # --- frames -----------------------------------------------------------------------------------------------------

    def deeper(self) -> None:
        if self.nesting >= MAX_NESTING:
            raise self.unmodelled("is nested too deeply")
        self.nesting += 1

    @contextmanager
    def inside(self, frame: Frame) -> Iterator[Frame]:
        """Run in another frame."""
        before, self.frame = self.frame, frame
        try:
            yield frame
        finally:
            self.frame = before

    def tagged(self, value: Value) -> Value:
        """The value, owed to the conditions passed in this frame."""
        return value.owed((), self.frame.control) if self.frame.control else value

    # --- the heap ---------------------------------------------------------------------------------------------------

    def live(self, heap: Heap) -> None:
        """Refuse to look at what code outside the model may have altered."""
        if heap.poison is not None:
            raise heap.poison

    def mutate(self, heap: Heap) -> None:
        """Refuse to alter what outlives this evaluation; note who alters what another file made."""
        self.live(heap)
        if heap.epoch != self.epoch:
            what = "alters something that outlives the call, so what it gives depends on earlier calls"
            raise self.unmodelled(what, outlives=True)
        if heap.home != self.frame.module.path:
            self.crossed.update((self.frame.module.path, *self.importing[-1:]))

    def list_of(self, items: list[Value]) -> ListObj:
        self.fits(len(items))
        return ListObj(items=items, epoch=self.epoch, home=self.frame.module.path)

    def dict_of(self, entries: dict[Hashable, tuple[Value, Value]]) -> DictObj:
        self.fits(len(entries))
        return DictObj(entries=entries, epoch=self.epoch, home=self.frame.module.path)

    def set_of(self, entries: dict[Hashable, Value], frozen: bool) -> SetObj:
        self.fits(len(entries))
        return SetObj(entries=entries, frozen=frozen, epoch=self.epoch, home=self.frame.module.path)

    def is_a(self, cls: ClassObj, kind: str) -> bool:
        """`cls` is, or inherits from, the standard class `kind`."""
        return self.classes[kind] in cls.mro
