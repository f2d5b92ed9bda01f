"""State and verbs: evaluate, run, call, raise, ask the host, charge before spending."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from gate.adapters.evaluator.bounds import (
    MAX_BITS,
    MAX_CALLS,
    MAX_ITEMS,
    MAX_NAMES,
    MAX_STEPS_LOAD,
    MAX_STEPS_TOTAL,
    MAX_TEXT,
    Unmodelled,
)
from gate.adapters.evaluator.values import (
    Args,
    Cells,
    ClassObj,
    DictObj,
    Function,
    FunctionObj,
    Heap,
    InstanceObj,
    Lazy,
    ListObj,
    ModuleObj,
    Names,
    Quality,
    QualityText,
    Raising,
    SetObj,
    Unknown,
    Value,
)
from gate.model import Location
from gate.values import dataclass, field

if TYPE_CHECKING:
    from gate.adapters.evaluator.layout import Layout
    from gate.adapters.evaluator.scopes import Frame

NONE = Value(None)


@dataclass(frozen=True, slots=True)
class Signal:
    """How a block was left before its end: `break`, `continue`, or `return` with a value."""

    kind: str
    value: Value = NONE


EXPRESSIONS: dict[type[ast.AST], Callable[..., Value]] = {}
STATEMENTS: dict[type[ast.AST], Callable[..., Signal | None]] = {}
CALLS: dict[type, Callable[[Machine, Value, Args, Names], Value]] = {}
BUILTINS: dict[str, Value] = {}
CELLS: dict[str, Callable[..., Any]] = {}  # how what calls fill is read and filled


def linearised(cls: ClassObj, bases: tuple[ClassObj, ...]) -> tuple[ClassObj, ...] | None:
    """The method resolution order (C3) of `cls` over `bases`; None where they have no consistent one."""
    rows = [list(base.mro) for base in bases] + [list(bases)]
    order = [cls]
    while rows := [row for row in rows if row]:
        head = next((row[0] for row in rows if not any(row[0] in other[1:] for other in rows)), None)
        if head is None:
            return None
        order.append(head)
        rows = [row[1:] if row[0] is head else row for row in rows]
    return tuple(order)


STANDARD = {
    "dataclasses.FrozenInstanceError": "AttributeError",
    "subprocess.SubprocessError": "Exception",
    "subprocess.TimeoutExpired": "subprocess.SubprocessError",
    "subprocess.CalledProcessError": "subprocess.SubprocessError",
    "typing.Generic": "object",
    "typing.Protocol": "typing.Generic",
    "abc.ABC": "object",
    "enum.Enum": "object",
    "enum.IntEnum": "enum.Enum",
    "enum.StrEnum": "enum.Enum",
    "typing.NamedTuple": "object",
}


def standard_classes() -> dict[str, ClassObj]:
    """By the name, or dotted path, that a program knows them by. Made afresh: nothing is shared between evaluations."""
    found: dict[str, ClassObj] = {}

    def add(name: str, *bases: ClassObj, abstract: bool = False) -> ClassObj:
        made = found[name] = ClassObj(
            name=name.rpartition(".")[2], bases=bases, namespace={}, builtin=True, abstract=abstract
        )
        made.mro = linearised(made, bases) or (made,)
        return made

    def add_exception(kind: type) -> ClassObj:
        return found.get(kind.__name__) or add(kind.__name__, *map(add_exception, kind.__bases__))

    add("object")
    for name, kind in vars(builtins).items():
        # Groups, and what only some versions have, aren't read.
        if isinstance(kind, type) and issubclass(kind, BaseException) and "Group" not in name and name[0] != "_":
            made = add_exception(kind)
            found[name] = made  # IOError is OSError
    for path, base in STANDARD.items():
        add(path, found[base], abstract=path in ("abc.ABC", "typing.Protocol"))
    return found


@dataclass(slots=True, kw_only=True)
class Answers:
    """The answers of one path. The first path says no to everything: a host where the probes find nothing."""

    script: list[int] = field(default_factory=list)
    options: list[int] = field(default_factory=list)
    at: int = 0
    known: dict[Hashable, int] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)

    def restart(self) -> None:
        """Begin the next path."""
        self.at = 0
        self.known.clear()
        self.questions.clear()
        del self.options[len(self.script) :]

    def choose(self, question: Hashable, options: int, probe: str) -> int:
        """The answer that this path gives; the same question always gets the same one."""
        if question not in self.known:
            if self.at == len(self.script):
                self.script.append(0)
                self.options.append(options)
            self.known[question] = self.script[self.at]
            self.at += 1
            self.questions.append(probe)
        return self.known[question]

    def advance(self) -> bool:
        """Move on to the next path; False where there is none."""
        del self.script[self.at :], self.options[self.at :]
        while self.script and self.script[-1] + 1 == self.options[-1]:
            self.script.pop()
            self.options.pop()
        if not self.script:
            return False
        self.script[-1] += 1
        return True


@dataclass(slots=True, kw_only=True)
class Span:
    """The qualities, around the one that is tried, at which everything asked of it is answered alike."""

    quality: int
    low: int | None = None
    high: int | None = None

    def narrow(self, low: int | None, high: int | None) -> None:
        """No lower than `low`, no higher than `high`."""
        if low is not None and (self.low is None or low > self.low):
            self.low = low
        if high is not None and (self.high is None or high < self.high):
            self.high = high


@dataclass(slots=True, kw_only=True, eq=False)
class Machine:
    """One package's evaluation. `world` is why nothing of it is known any more."""

    layout: Layout
    fixed: Answers = field(default_factory=Answers)  # of the host, for the whole import
    answers: Answers | None = None  # of the host, for one emission; None while the package is imported
    modules: dict[str, ModuleObj] = field(default_factory=dict)
    classes: dict[str, ClassObj] = field(default_factory=standard_classes)
    world: Unmodelled | None = None
    frame: Frame = field(default=None)  # type: ignore[assignment]  # set before anything runs
    epoch: int = 0
    depth: int = 0
    guard: int = 0  # blocks around this point that catch exceptions
    total: int = MAX_STEPS_TOTAL
    steps: int = MAX_STEPS_LOAD
    allowed: int = MAX_STEPS_LOAD
    span: Span | None = None
    touched: set[Location] = field(default_factory=set)
    statement: int = 0  # at the top of a module, counted
    mutating: bool = False  # whether it alters what stood before it
    rebound: list[tuple[ModuleObj, str]] = field(default_factory=list)
    collector: set[ast.AST] = field(default_factory=set)  # definitions consulted by what is evaluated now
    mutations: set[ast.AST] = field(default_factory=set)  # definitions of statements that alter what stood before them
    registry: ModuleObj | None = None
    unreadable: set[str] = field(default_factory=set)  # what Python could import and the gate can't read, with its id
    consulted: set[str] = field(default_factory=set)  # paths: files read and files found absent
    foreign: dict[str, Location] = field(default_factory=dict)  # imported from outside, unknown to the language
    builtin_values: dict[str, Value] = field(default_factory=dict)
    # What calls fill: by file and name, then by key. Known from an earlier reading; None where that gave no end of it.
    filled: dict[tuple[str, str], dict[Hashable, list[Hashable] | None]] | None = None
    variables: dict[tuple[str, str], Cells] = field(default_factory=dict)
    made: dict[Hashable, Value] = field(default_factory=dict)  # what was put into cells, by cell and shape
    grown: bool = False  # more was put there than was known

    # --- where, and stopping ---

    def here(self) -> Location:
        """The line that runs now."""
        return self.frame.module.spot(self.frame.line)[0]

    def origins(self) -> tuple[Location, ...]:
        """The same, as what a value is owed to."""
        return self.frame.module.spot(self.frame.line)

    def unmodelled(self, reason: str, *, outlives: bool = False) -> Unmodelled:
        """The end of the language, here."""
        return Unmodelled(reason, self.here(), outlives=outlives)

    def restart(self, steps: int) -> None:
        """Give the next part of the evaluation `steps` of what is left."""
        self.allowed = self.steps = max(0, min(steps, self.total))

    def charge(self, steps: int = 1) -> None:
        """Take `steps` before they are spent."""
        self.steps -= steps
        self.total -= steps
        if self.steps < 0:
            raise self.unmodelled(f"does not end within {self.allowed} steps")

    def limit(self, length: int) -> None:
        """Refuse a container of more elements than any adapter has."""
        if length > MAX_ITEMS:
            raise self.unmodelled(f"has more than {MAX_ITEMS} elements")

    def limit_text(self, length: int) -> None:
        """Refuse a longer text than any adapter has."""
        if length > MAX_TEXT:
            raise self.unmodelled(f"makes a text of more than {MAX_TEXT} characters")

    # --- evaluating ---

    def evaluate(self, node: ast.expr) -> Value:
        """The value of an expression."""
        self.charge()
        found = EXPRESSIONS.get(type(node))
        if found is None:
            raise self.unmodelled(f"{type(node).__name__} isn't read")
        frame = self.frame
        if frame.line != node.lineno:
            frame.line = node.lineno
            self.touched.add(frame.module.spot(node.lineno)[0])
        return found(self, node)

    def run(self, body: Iterable[ast.stmt]) -> Signal | None:
        """A block; how it was left before its end."""
        for statement in body:
            self.charge()
            frame = self.frame
            frame.line = statement.lineno
            self.touched.add(frame.module.spot(statement.lineno)[0])
            found = STATEMENTS.get(type(statement))
            if found is None:
                raise self.unmodelled(f"{type(statement).__name__} isn't read")
            signal = found(self, statement)
            if signal is not None:
                return signal
        return None

    def call(self, callee: Value, args: Args = (), kwargs: Names | None = None) -> Value:
        """Call a value."""
        self.charge()
        data = callee.data
        found = CALLS.get(type(data))
        if found is None:
            if isinstance(data, Unknown):
                raise self.unknown(data)
            raise self.unmodelled(f"calls {described(data)}")
        return found(self, callee, args, kwargs or {})

    @contextmanager
    def inside(self, frame: Frame) -> Iterator[None]:
        """Run in another block."""
        before, self.frame = self.frame, frame
        try:
            yield
        finally:
            self.frame = before

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One more call inside the others."""
        self.depth += 1
        if self.depth > MAX_CALLS:
            self.depth -= 1
            raise self.unmodelled(f"calls itself more than {MAX_CALLS} deep")
        try:
            yield
        finally:
            self.depth -= 1

    @contextmanager
    def collecting(self) -> Iterator[set[ast.AST]]:
        """What is consulted within, also counted for what is around."""
        before, self.collector = self.collector, set()
        try:
            yield self.collector
        finally:
            inner, self.collector = self.collector, before
            self.collector |= inner

    def unknown(self, data: Unknown) -> Unmodelled:
        """To use something unknown is to leave the language."""
        where = f"{data.why.where.path}:{data.why.where.line}"
        return self.unmodelled(f"depends on something unknown: {data.why.reason} ({where})")

    def builtin(self, name: str) -> Value | None:
        """A name of Python's own."""
        cls = self.classes.get(name)
        if cls is not None and "." not in name and name != "object":
            return self.builtin_values.setdefault(name, Value(cls))
        found = BUILTINS.get(name)
        if found is None and (name in vars(builtins) or name in _LATER or (name[:2] == "__" and name[-2:] == "__")):
            raise self.unmodelled(f"{name} isn't read")
        return found

    def builtin_function(self, data: Function) -> Value | None:
        """One of Python's own functions, which a class doesn't bind."""
        found = BUILTINS.get(data.name)
        return found if found is not None and found.data is data else None

    # --- exceptions ---

    def native(self, kind: str, message: str = "", *, sure: bool = False) -> Raising:
        """An exception that Python itself raises here. `sure`: in every version, so that a handler may catch it."""
        cls = self.classes.get(kind)
        if cls is None:
            raise self.unmodelled(f"raises {kind}")
        args = Value((Value(message),) if message else ())
        instance = InstanceObj(cls=cls, attributes={"args": args}, native=True, epoch=self.epoch)
        return Raising(Value(instance, self.origins()), self.here(), sure=sure)

    def delegate(self, function: Callable[..., object], *args: object, sure: bool = False, **kwargs: object) -> object:
        """Python itself on plain data."""
        try:
            return function(*args, **kwargs)
        except (RecursionError, MemoryError):
            raise self.unmodelled("is nested too deeply") from None
        except Exception as error:
            raise self.native(type(error).__name__, str(error), sure=sure) from None

    # --- what changes ---

    def mutate(self, heap: Heap) -> None:
        """Something is about to change."""
        if heap.epoch != self.epoch:
            self._fills(heap)
            what = "alters what outlives the call, so what it gives depends on earlier calls"
            raise self.unmodelled(what, outlives=True)
        if heap.iterating:
            raise self.unmodelled("alters what a loop runs over")
        if heap.born != self.statement:
            self.mutating = True

    def _fills(self, heap: Heap, name: str = "") -> None:
        """A call alters what outlives it: noted, where it has a name by which the next reading finds it."""
        registry = self.registry.namespace.get("_REGISTRY") if self.registry else None
        if self.filled is None or self.answers is None or (registry is not None and registry.data is heap):
            return
        found = (heap.path, name) if isinstance(heap, ModuleObj) else named(self, heap)
        if found is not None and found not in self.filled:
            self.filled[found] = {}
            self.grown = True

    def rebind(self, module: ModuleObj, name: str, value: Value | None) -> None:
        """A module's name gets another value, or none."""
        if (module.path, name) in self.variables and value is not None:
            CELLS["fill"](self, self.variables[module.path, name], None, value)
            return
        if module.epoch != self.epoch:
            self._fills(module, name)
            what = "alters a variable of a module, so what it gives depends on earlier calls"
            raise self.unmodelled(what, outlives=True)
        self.rebound.append((module, name))
        if module is not self.frame.module:
            self.mutating = True
        if value is None:
            if module.namespace.pop(name, None) is None:
                raise self.native("NameError", f"name '{name}' is not defined")
        else:
            module.namespace[name] = value
            if len(module.namespace) > MAX_NAMES:
                raise self.unmodelled(f"has more than {MAX_NAMES} names")

    def kept(self, value: Value) -> Value:
        """A value that is about to be kept in something else; what is consumed as it is made can't be."""
        if isinstance(value.data, Lazy):
            raise self.unmodelled(f"keeps a {value.data.name}")
        return value

    def new_list(self, items: list[Value]) -> ListObj:
        """A list made now."""
        self.limit(len(items))
        return ListObj(items=items, epoch=self.epoch, born=self.statement)

    def new_dict(self, entries: dict[Hashable, tuple[Value, Value]]) -> DictObj:
        """A dictionary made now."""
        self.limit(len(entries))
        return DictObj(entries=entries, epoch=self.epoch, born=self.statement)

    def new_set(self, entries: dict[Hashable, Value], *, frozen: bool = False) -> SetObj:
        """A set made now."""
        self.limit(len(entries))
        return SetObj(entries=entries, frozen=frozen, epoch=self.epoch, born=self.statement)

    def tagged(self, value: Value) -> Value:
        """The value, owed to the conditions passed so far."""
        control = self.frame.control
        return value.owed((), control) if control else value

    def variable(self, module: ModuleObj, name: str) -> Value:
        """A variable of a module, which calls bind anew."""
        held = CELLS["held"](self, self.variables[module.path, name], None)
        return module.namespace[name] if held is None else held

    def consult(self, module: ModuleObj, name: str) -> None:
        """A module's name is read: what it hangs on is consulted."""
        if not (module is self.registry and name == "_REGISTRY"):
            found = module.binds.get(name)
            if found:
                self.collector |= found

    # --- the host, and the quality ---

    def face(self, name: str) -> ClassObj:
        """The class of an object of the standard library: nothing is said of attributes that aren't listed."""
        if name not in self.classes:
            self.classes[name] = made = ClassObj(name=name, bases=(self.classes["object"],), namespace={}, face=True)
            made.mro = (made, self.classes["object"])
        return self.classes[name]

    def ask(self, question: str, options: int = 2) -> int:
        """What the host answers on this path."""
        if question in self.fixed.known or self.answers is None:
            return self.fixed.choose(question, options, question)
        return self.answers.choose(question, options, question)

    def ask_afresh(self, probe: str, options: int = 2) -> int:
        """The same for a question that may be answered otherwise each time."""
        answers = self.fixed if self.answers is None else self.answers
        return answers.choose((probe, len(answers.questions)), options, probe)

    def collapse(self) -> None:
        """Something hangs on the very quality that is tried."""
        if self.span is not None:
            self.span.narrow(self.span.quality, self.span.quality)

    def number(self, data: int) -> int:
        """A plain integer that may be counted with; refused where it is too large."""
        if type(data) is Quality:
            self.collapse()
            data = int(data)
        if data.bit_length() > MAX_BITS:
            raise self.unmodelled(f"counts beyond {MAX_BITS} bits")
        return data


# Names that only some versions have.
_LATER = frozenset(
    {"aiter", "anext", "BaseExceptionGroup", "ExceptionGroup", "EncodingWarning", "PythonFinalizationError"}
)


def described(data: object) -> str:
    """What a value is, in words."""
    match data:
        case InstanceObj():
            return f"an instance of {data.cls.name}"
        case ClassObj():
            return f"class {data.name}"
        case FunctionObj() | Function():
            return f"function {data.name}"
        case ModuleObj():
            return f"module {data.name}"
        case ListObj():
            return "a list"
        case DictObj():
            return "a dictionary"
        case SetObj():
            return "a set"
        case Lazy():
            return f"a {data.name}"
        case Quality() | QualityText():
            return "the quality"
        case None:
            return "None"
    path = getattr(data, "path", None)
    return path if isinstance(path, str) else f"a value of kind {type(data).__name__}"


def named(machine: Machine, heap: Heap) -> tuple[str, str] | None:
    """The file and the name of a table at the top of a module, or of a class there."""
    for module in machine.modules.values():
        for name, value in module.namespace.items():
            if value.data is heap:
                return module.path, name
            if isinstance(value.data, ClassObj) and value.data.module is module:
                for inner, each in value.data.namespace.items():
                    if each.data is heap:
                        return module.path, f"{name}.{inner}"
    return None


def refuse(machine: Machine, what: str) -> NoReturn:
    """Leave the language from within an expression."""
    raise machine.unmodelled(what)
