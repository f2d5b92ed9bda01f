"""The standard library by exact dotted name: what is read, what may be imported, what does nothing to the package."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Hashable, Iterator
from functools import partial
from itertools import combinations, pairwise, permutations, zip_longest
from typing import Any

from gate.adapters.evaluator.attributes import attribute
from gate.adapters.evaluator.calls import frame_of
from gate.adapters.evaluator.library import check, lazy, owed
from gate.adapters.evaluator.machine import NONE, Machine, described
from gate.adapters.evaluator.operators import BINARY, binary, subscript
from gate.adapters.evaluator.plain import is_plain, items, iterate, key_of, less, plain, truth, use, wrap
from gate.adapters.evaluator.tables import (
    DECORATORS,
    INERT,
    OUTSIDE_CALLS,
    OUTSIDE_NAMES,
    OUTSIDE_VALUES,
    TYPES,
    Call,
)
from gate.adapters.evaluator.values import (
    Args,
    ClassObj,
    Descriptor,
    DictObj,
    External,
    Function,
    FunctionObj,
    InstanceObj,
    ListObj,
    Names,
    Unknown,
    Value,
)

# Names that every version from 3.10 on has, on every platform, and that may be imported and handed around.
_NAMES = """
abc: ABC ABCMeta
argparse: ArgumentParser Namespace
array:
atexit:
base64:
bisect:
binascii:
calendar:
cmath:
codecs:
collections: Counter deque OrderedDict UserDict UserList UserString
collections.abc: Callable Collection Container Generator Hashable ItemsView Iterable Iterator KeysView Mapping
 MutableMapping MutableSequence MutableSet Sequence Set Sized ValuesView Awaitable
concurrent.futures: ThreadPoolExecutor ProcessPoolExecutor Future as_completed
configparser: ConfigParser
contextlib: ExitStack AbstractContextManager redirect_stderr redirect_stdout
contextvars: ContextVar Token copy_context
copy:
csv:
dataclasses: InitVar KW_ONLY MISSING Field FrozenInstanceError make_dataclass
datetime: timezone
decimal:
difflib:
enum: EnumMeta Flag IntFlag
errno:
fnmatch:
fractions:
functools: singledispatch singledispatchmethod total_ordering partialmethod cmp_to_key
gc:
gettext:
getpass:
graphlib:
glob:
hashlib:
heapq:
importlib:
importlib.resources:
importlib.metadata:
inspect: Parameter Signature signature isclass isfunction getmembers
io: StringIO BytesIO TextIOWrapper
ipaddress:
itertools: groupby count cycle tee combinations_with_replacement
json: JSONDecodeError JSONDecoder JSONEncoder dump load
keyword:
linecache:
locale:
logging: Logger LoggerAdapter Handler StreamHandler FileHandler Formatter Filter LogRecord
 DEBUG INFO WARNING WARN ERROR CRITICAL NOTSET
math: sqrt log log2 log10 exp fabs isclose isinf isnan gcd prod hypot
multiprocessing: Pool Process Queue
numbers: Number Integral Real Rational
operator:
os: PathLike fspath getcwd getpid listdir makedirs
os.path:
pathlib: Path PurePath PurePosixPath PosixPath
pickle: dump dumps load loads
pkgutil:
platform:
pprint:
queue: Queue Empty Full LifoQueue
random: choice randint shuffle uniform
re: Pattern Match escape finditer
secrets:
selectors:
shlex:
shutil:
signal:
socket:
statistics: mean median stdev fmean
string:
struct:
subprocess: PIPE DEVNULL STDOUT Popen CompletedProcess check_output check_call
sys: stderr stdout
sysconfig:
tempfile: NamedTemporaryFile TemporaryDirectory mkdtemp
textwrap: indent fill wrap shorten
threading: Lock RLock Thread Event Condition Semaphore local current_thread
time: sleep strftime
timeit:
token:
tokenize:
tomllib:
traceback:
tracemalloc:
types: FunctionType ModuleType TracebackType MethodType NoneType UnionType GenericAlias
typing: Any Callable ClassVar Dict Final Generator Iterable Iterator List Literal Mapping MutableMapping
 Sequence MutableSequence Optional Set FrozenSet Tuple Type TypeVar TypedDict Union Annotated Collection Container
 Hashable Sized SupportsInt SupportsFloat SupportsIndex Text AnyStr NoReturn NewType Awaitable Coroutine Pattern Match
 ParamSpec Concatenate TypeAlias TypeGuard DefaultDict OrderedDict Counter Deque IO TextIO BinaryIO
 Self LiteralString Never Required NotRequired Unpack TypeVarTuple
typing_extensions:
unicodedata:
urllib.parse: quote unquote urlencode urlparse urljoin urlsplit
urllib.request:
uuid:
warnings:
weakref: ref proxy finalize
xml.etree.ElementTree:
zipfile:
zlib:
__future__: annotations
"""


def _names() -> None:
    for line in _NAMES.replace("\n ", " ").strip().splitlines():
        module, _, names = line.partition(":")
        OUTSIDE_NAMES[module] = frozenset(names.split())


_names()
# Calling these does nothing to the package; what they give isn't known.
INERT.update(
    f"{module}.{name}"
    for module, names in {
        "argparse": "ArgumentParser Namespace",
        "atexit": "register unregister",
        "dataclasses": "make_dataclass",
        "importlib.resources": "files",
        "json": "dumps",
        "tomllib": "loads load",
        "base64": "b64encode b64decode",
        "collections": "Counter deque OrderedDict",
        "contextvars": "ContextVar",
        "datetime": "datetime date timedelta",
        "datetime.date": "today",
        "datetime.datetime": "now utcnow",
        "decimal": "Decimal",
        "enum": "Enum Flag IntEnum IntFlag StrEnum",
        "fractions": "Fraction",
        "gc": "freeze collect disable enable",
        "hashlib": "sha256 sha1 md5 blake2b",
        "io": "StringIO BytesIO",
        "locale": "getlocale",
        "logging": "Formatter StreamHandler captureWarnings disable",
        "math": "exp log log10 log2 sqrt",
        "os.environ": "setdefault",
        "pathlib": "PurePath PurePosixPath",
        "pathlib.Path": "cwd home",
        "platform": "machine node processor python_version release",
        "random": "Random seed",
        "re": "compile",
        "statistics": "mean median stdev fmean",
        "struct": "Struct",
        "sys": "getrecursionlimit",
        "tempfile": "gettempdir",
        "typing": "NamedTuple NewType ParamSpec TypeVar TypeVarTuple TypedDict",
        "threading": "Event Condition Semaphore local",
        "weakref": "WeakValueDictionary WeakKeyDictionary WeakSet",
        "uuid": "uuid4",
        "time": "time monotonic perf_counter process_time time_ns strftime",
    }.items()
    for name in names.split()
)


def outside(*paths: str, takes: tuple[int, int, str] | None = None) -> Callable[[Call], Call]:
    """Enter a function of the standard library into the table; `takes` least and most arguments, and those by name."""

    def enter(function: Call) -> Call:
        def call(machine: Machine, args: Args, kwargs: Names) -> Value:
            if takes is not None:
                check(machine, paths[0], args, kwargs, *takes)
            return function(machine, args, kwargs)

        OUTSIDE_CALLS.update(dict.fromkeys(paths, function if takes is None else call))
        return function

    return enter


def _same(machine: Machine, target: Value) -> Value:
    return target


def _abstract(machine: Machine, target: Value) -> Value:
    if not isinstance(target.data, FunctionObj):
        raise machine.unmodelled("abc.abstractmethod of this isn't read")
    machine.mutate(target.data)
    target.data.abstract = True
    return target


def _overload(machine: Machine, target: Value) -> Value:
    return Value(Unknown(machine.unmodelled("calls an overload"), inert=False))


def _cache(machine: Machine, target: Value) -> Value:
    """Asked while all is set up, hits could show; later, nothing that it reads can change but its arguments."""
    if not isinstance(target.data, FunctionObj):
        raise machine.unmodelled("a cache around this isn't read")
    made_in = machine.epoch

    def call(machine: Machine, args: Args, kwargs: Names) -> Value:
        given = (*args, *kwargs.values())
        if machine.answers is None or machine.epoch == made_in:
            raise machine.unmodelled("asks a cache before all is set up")
        for each in given:
            own = isinstance(each.data, InstanceObj) and each.data.epoch != machine.epoch
            if not own and type(each.data) not in (str, int, type(None)):
                raise machine.unmodelled("asks a cache for something other than text or a whole number")
        made = machine.call(target, args, kwargs)
        key_of(machine, made)
        return made

    return Value(Function("cache", call, target), target.origins)


def _unique(machine: Machine, target: Value) -> Value:
    if not isinstance(target.data, ClassObj) or target.data.members is None or target.data.aliases:
        raise machine.unmodelled("enum.unique of this isn't read")
    return target


def _total_ordering(machine: Machine, target: Value) -> Value:
    orders = ("__lt__", "__le__", "__gt__", "__ge__")
    if not isinstance(target.data, ClassObj) or not target.data.defines(*orders):
        raise machine.unmodelled("functools.total_ordering of this isn't read")
    machine.mutate(target.data)
    for name in orders:
        # What orders it now is refused wherever it would be asked.
        target.data.namespace.setdefault(name, Value(Unknown(machine.unmodelled("functools.total_ordering"))))
    return target


def _cached_property(machine: Machine, target: Value) -> Value:
    return Value(Descriptor("cached_property", target), target.origins)


def _context_manager(machine: Machine, target: Value) -> Value:
    """A function whose call is kept, until `with` runs what stands before its `yield`, and behind it."""
    if not isinstance(target.data, FunctionObj):
        raise machine.unmodelled("contextlib.contextmanager of this isn't read")

    def call(machine: Machine, args: Args, kwargs: Names) -> Value:
        # Arguments are bound when it is called, its body runs with `with`.
        held = Value((target, frame_of(machine, target, args, kwargs)))
        return Value(Function("a context manager", uncalled, held), machine.origins())

    return Value(Function("contextmanager", call, target), target.origins)


def uncalled(machine: Machine, args: Args, kwargs: Names) -> Value:
    raise machine.unmodelled("calls a context manager")


def _runtime(machine: Machine, target: Value) -> Value:
    if not isinstance(target.data, ClassObj) or machine.classes["typing.Protocol"] not in target.data.bases:
        raise machine.unmodelled("typing.runtime_checkable of this isn't read")
    machine.mutate(target.data)
    target.data.runtime = True
    return target


DECORATORS.update(
    {
        "abc.abstractmethod": _abstract,
        "typing.final": _same,
        "typing.override": _same,
        "typing.no_type_check": _same,
        "typing.runtime_checkable": _runtime,
        "typing.overload": _overload,
        "functools.cache": _cache,
        "functools.cached_property": _cached_property,
        "contextlib.contextmanager": _context_manager,
        "functools.total_ordering": _total_ordering,
        "enum.unique": _unique,
    }
)


@outside("functools.lru_cache")
def _lru_cache(machine: Machine, args: Args, kwargs: Names) -> Value:
    if len(args) == 1 and isinstance(args[0].data, FunctionObj) and not kwargs:
        return _cache(machine, args[0])
    check(machine, "lru_cache", args, kwargs, 0, 1, "maxsize typed")
    for each in (*args, *kwargs.values()):
        if type(each.data) not in (int, bool, type(None)):
            raise machine.unmodelled("lru_cache() called like this isn't read")

    def apply(machine: Machine, args: Args, kwargs: Names) -> Value:
        check(machine, "lru_cache()", args, kwargs, 1, 1)
        return _cache(machine, args[0])

    return Value(Function("lru_cache", apply))


@outside("functools.wraps", takes=(1, 1, ""))
def _wraps(machine: Machine, args: Args, kwargs: Names) -> Value:
    covered = args[0].data
    if not isinstance(covered, FunctionObj):
        raise machine.unmodelled("functools.wraps of this isn't read")

    def apply(machine: Machine, args: Args, kwargs: Names) -> Value:
        check(machine, "wraps()", args, kwargs, 1, 1)
        if not isinstance(args[0].data, FunctionObj):
            raise machine.unmodelled("functools.wraps around this isn't read")
        machine.mutate(args[0].data)
        args[0].data.original = covered.original or covered
        return args[0]

    return Value(Function("wraps", apply))


def _made_of(machine: Machine, name: str, args: Args) -> None:
    if not args:
        raise machine.unmodelled(f"{name}() of nothing")


@outside("functools.partial")
def _partial(machine: Machine, args: Args, kwargs: Names) -> Value:
    _made_of(machine, "functools.partial", args)
    first, held, named = args[0], [machine.kept(each) for each in args[1:]], dict(kwargs)

    def call(machine: Machine, args: Args, kwargs: Names) -> Value:
        return machine.call(first, [*held, *args], {**named, **kwargs})

    return Value(Function("partial", call), first.origins)


@outside("functools.partialmethod")
def _partialmethod(machine: Machine, args: Args, kwargs: Names) -> Value:
    _made_of(machine, "functools.partialmethod", args)
    first, held, named = args[0], [machine.kept(each) for each in args[1:]], dict(kwargs)
    if not isinstance(first.data, FunctionObj):
        raise machine.unmodelled("functools.partialmethod of this isn't read")

    def call(machine: Machine, args: Args, kwargs: Names) -> Value:
        _made_of(machine, "a partialmethod", args)
        return machine.call(first, [args[0], *held, *args[1:]], {**named, **kwargs})

    return Value(Function("partialmethod", call, Value(None)), first.origins)


@outside("functools.reduce", takes=(2, 3, ""))
def _reduce(machine: Machine, args: Args, kwargs: Names) -> Value:
    source = iterate(machine, args[1])
    total = args[2] if len(args) > 2 else next(source, None)
    if total is None:
        raise machine.native("TypeError", "reduce() of empty iterable with no initial value")
    for each in source:
        total = machine.call(args[0], [total, each])
    return total


# --- itertools ---


@outside("itertools.chain", takes=(0, 50, ""))
def _chain(machine: Machine, args: Args, kwargs: Names) -> Value:
    return lazy(machine, "chain", (each for arg in args for each in iterate(machine, arg)))


@outside("itertools.chain.from_iterable", takes=(1, 1, ""))
def _from_iterable(machine: Machine, args: Args, kwargs: Names) -> Value:
    return lazy(machine, "chain", (each for inner in iterate(machine, args[0]) for each in iterate(machine, inner)))


@outside("itertools.product", takes=(0, 5, ""))
def _product(machine: Machine, args: Args, kwargs: Names) -> Value:
    sources = [items(machine, each) for each in args]
    machine.limit(math.prod(len(each) for each in sources))

    def combined(rest: list[list[Value]]) -> Iterator[tuple[Value, ...]]:
        if not rest:
            yield ()
            return
        for first in rest[0]:
            for more in combined(rest[1:]):
                yield (first, *more)

    return lazy(machine, "product", (Value(each) for each in combined(sources)))


@outside("itertools.accumulate", takes=(1, 2, ""))
def _accumulate(machine: Machine, args: Args, kwargs: Names) -> Value:
    total: Value | None = None
    found = []
    for each in items(machine, args[0]):
        if isinstance(each.data, float):
            raise machine.unmodelled("itertools.accumulate() of floats isn't read")
        if total is not None:
            each = machine.call(args[1], [total, each]) if len(args) > 1 else binary(machine, ast.Add, total, each)  # noqa: PLW2901 - the running total
        total = each
        found.append(total)
    return lazy(machine, "accumulate", iter(found))


@outside("itertools.starmap", takes=(2, 2, ""))
def _starmap(machine: Machine, args: Args, kwargs: Names) -> Value:
    return lazy(machine, "starmap", (machine.call(args[0], items(machine, each)) for each in iterate(machine, args[1])))


@outside("itertools.islice", takes=(2, 2, ""))
def _islice(machine: Machine, args: Args, kwargs: Names) -> Value:
    stop = plain(machine, args[1])
    if type(stop) is not int or stop < 0:
        raise machine.unmodelled("itertools.islice() to such a place isn't read")

    def taken() -> Iterator[Value]:
        source = iterate(machine, args[0])
        for _ in range(stop):
            found = next(source, None)
            if found is None:
                return
            yield found

    return lazy(machine, "islice", taken())


def _while(machine: Machine, args: Args, kwargs: Names, *, name: str) -> Value:
    """`takewhile`, `dropwhile`, `filterfalse`: elements by what a function says of each."""
    check(machine, f"itertools.{name}", args, kwargs, 2, 2)

    def chosen() -> Iterator[Value]:
        dropping = name == "dropwhile"
        for each in iterate(machine, args[1]):
            if name == "dropwhile" and not dropping:
                yield each
                continue
            holds = truth(machine, each if args[0].data is None else machine.call(args[0], [each]))
            if name == "takewhile" and not holds:
                return
            dropping = holds
            if holds is (name == "takewhile"):
                yield each

    return lazy(machine, name, chosen())


for _name in ("takewhile", "dropwhile", "filterfalse"):
    OUTSIDE_CALLS[f"itertools.{_name}"] = partial(_while, name=_name)


@outside("itertools.compress", takes=(2, 2, ""))
def _compress(machine: Machine, args: Args, kwargs: Names) -> Value:
    pairs = zip(items(machine, args[0]), items(machine, args[1]), strict=False)
    return lazy(machine, "compress", (each for each, kept in pairs if truth(machine, kept)))


def _combinations(machine: Machine, args: Args, kwargs: Names, *, of: Callable[..., Any]) -> Value:
    check(machine, "itertools.combinations", args, kwargs, 2, 2)
    held, size = items(machine, args[0]), plain(machine, args[1])
    if type(size) is not int or not 0 <= size <= 4:
        raise machine.unmodelled("itertools.combinations() of such a size isn't read")
    machine.limit(len(held) ** size)
    return lazy(machine, "combinations", (Value(each) for each in of(held, size)))


for _of in (combinations, permutations):
    OUTSIDE_CALLS[f"itertools.{_of.__name__}"] = partial(_combinations, of=_of)


@outside("itertools.repeat", takes=(2, 2, ""))
def _repeat(machine: Machine, args: Args, kwargs: Names) -> Value:
    times = plain(machine, args[1])
    if type(times) is not int:
        raise machine.unmodelled("itertools.repeat() so often isn't read")
    machine.limit(times)
    return lazy(machine, "repeat", iter([machine.kept(args[0])] * times))


@outside("itertools.batched", takes=(2, 2, ""))
def _batched(machine: Machine, args: Args, kwargs: Names) -> Value:
    size, held = plain(machine, args[1]), items(machine, args[0])
    if type(size) is not int or size < 1:
        raise machine.unmodelled("itertools.batched() by such a size isn't read")
    return lazy(machine, "batched", iter([Value(tuple(held[at : at + size])) for at in range(0, len(held), size)]))


# --- operator, math, copy, collections, typing, types, enum ---


def _operator(machine: Machine, args: Args, kwargs: Names, *, node: type) -> Value:
    check(machine, "an operator", args, kwargs, 2, 2)
    return binary(machine, node, args[0], args[1])


def _order(machine: Machine, args: Args, kwargs: Names, *, op: str) -> Value:
    check(machine, "an operator", args, kwargs, 2, 2)
    return owed(Value(less(machine, args[0], args[1], op)), args)


for _node, (_name, _) in BINARY.items():
    OUTSIDE_CALLS[f"operator.{_name + '_' if _name in ('and', 'or') else _name}"] = partial(_operator, node=_node)
for _name, _op in {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}.items():
    OUTSIDE_CALLS[f"operator.{_name}"] = partial(_order, op=_op)


@outside("operator.itemgetter", takes=(1, 10, ""))
def _itemgetter(machine: Machine, args: Args, kwargs: Names) -> Value:
    wanted = [machine.kept(each) for each in args]

    def call(machine: Machine, args: Args, kwargs: Names) -> Value:
        check(machine, "an itemgetter", args, kwargs, 1, 1)
        found = [subscript(machine, args[0], each) for each in wanted]
        return found[0] if len(found) == 1 else Value(tuple(found))

    return Value(Function("itemgetter", call))


@outside("operator.attrgetter", takes=(1, 1, ""))
def _attrgetter(machine: Machine, args: Args, kwargs: Names) -> Value:
    name = plain(machine, args[0])
    if type(name) is not str or not name.isidentifier() or name[:1] == "_":
        raise machine.unmodelled("operator.attrgetter() of such a name isn't read")

    def call(machine: Machine, args: Args, kwargs: Names) -> Value:
        check(machine, "an attrgetter", args, kwargs, 1, 1)
        if not isinstance(args[0].data, InstanceObj):
            raise machine.unmodelled(f"an attrgetter on {described(args[0].data)} isn't read")
        return attribute(machine, args[0], str(name))

    return Value(Function("attrgetter", call))


@outside("operator.methodcaller")
def _methodcaller(machine: Machine, args: Args, kwargs: Names) -> Value:
    check(machine, "operator.methodcaller", args, {}, 1, 10)
    name, held, named = plain(machine, args[0]), [machine.kept(each) for each in args[1:]], dict(kwargs)
    if type(name) is not str or not name.isidentifier() or name[:1] == "_":
        raise machine.unmodelled("operator.methodcaller() of such a name isn't read")

    def call(machine: Machine, args: Args, kwargs: Names) -> Value:
        check(machine, "a methodcaller", args, kwargs, 1, 1)
        return machine.call(attribute(machine, args[0], name), held, named)

    return Value(Function("methodcaller", call))


def _math(machine: Machine, args: Args, kwargs: Names, *, function: Callable[..., object]) -> Value:
    given = [plain(machine, each) for each in args]
    if kwargs or len(given) != 1 or any(type(each) not in (int, float) for each in given):
        raise machine.unmodelled("this use of math isn't read")
    return owed(wrap(machine, machine.delegate(function, *given)), args)


for _function in (math.floor, math.ceil, math.trunc):
    OUTSIDE_CALLS[f"math.{_function.__name__}"] = partial(_math, function=_function)


@outside("copy.copy", "copy.deepcopy", takes=(1, 1, ""))
def _copy(machine: Machine, args: Args, kwargs: Names) -> Value:
    use(machine, args[0])
    data = args[0].data
    if is_plain(data):
        return args[0]
    whole = plain(machine, args[0])
    if isinstance(data, ListObj | DictObj) and isinstance(whole, list | dict):
        return wrap(machine, whole).also(args[0])  # of plain data, parts that are shared can't show
    if isinstance(data, tuple):
        return args[0] if all(is_plain(each.data) for each in data) else wrap(machine, whole).also(args[0])
    raise machine.unmodelled(f"copies {described(data)}")


@outside("types.MappingProxyType", takes=(1, 1, ""))
def _proxy(machine: Machine, args: Args, kwargs: Names) -> Value:
    data = args[0].data
    if not isinstance(data, DictObj) or data.frozen or data.factory is not None:
        raise machine.unmodelled(f"a read-only face of {described(data)} isn't read")
    made = machine.new_dict({})
    made.entries, made.consulted, made.frozen, data.faced = data.entries, data.consulted, True, True
    return Value(made, args[0].origins, args[0].control)


@outside("collections.defaultdict", takes=(1, 1, ""))
def _defaultdict(machine: Machine, args: Args, kwargs: Names) -> Value:
    made = machine.new_dict({})
    made.factory = args[0]
    return Value(made)


@outside("collections.OrderedDict")
def _ordered_dict(machine: Machine, args: Args, kwargs: Names) -> Value:
    """A dictionary that no plain one stands for: equality, text and copies of it are refused."""
    made = TYPES[dict](machine, args, kwargs)
    made.data.factory = Value(Unknown(machine.unmodelled("an OrderedDict lacks the key")))
    return made


@outside("collections.Counter", takes=(1, 1, ""))
def _counter(machine: Machine, args: Args, kwargs: Names) -> Value:
    if isinstance(args[0].data, DictObj):
        raise machine.unmodelled("a Counter of a dictionary isn't read")
    counted: dict[Hashable, tuple[Value, Value]] = {}
    for each in items(machine, args[0]):
        key = key_of(machine, each)
        own, before = counted.get(key, (each, Value(0)))
        counted[key] = (own, Value(before.data + 1, each.origins))
    made = machine.new_dict(counted)
    made.counts, made.factory = True, Value(Function("zero", lambda machine, args, kwargs: Value(0)))
    made.iterating = 1  # what is counted later isn't read
    return Value(made, args[0].origins, args[0].control)


@outside("collections.ChainMap", takes=(1, 10, ""))
def _chainmap(machine: Machine, args: Args, kwargs: Names) -> Value:
    made = machine.new_dict({})
    for each in reversed(args):
        if not isinstance(each.data, DictObj) or each.data.factory is not None:
            raise machine.unmodelled("a ChainMap of these isn't read")
        each.data.iterating += 1  # a change would show in the ChainMap: from now on there is none
        for key, (own, value) in each.data.entries.items():
            made.entries[key] = (made.entries[key][0] if key in made.entries else own, value)
    made.frozen = True
    return Value(made)


@outside("collections.namedtuple", takes=(2, 2, ""))
def _namedtuple(machine: Machine, args: Args, kwargs: Names) -> Value:
    names = plain(machine, args[1])
    fields = names.replace(",", " ").split() if isinstance(names, str) else names
    if not isinstance(fields, list | tuple) or type(args[0].data) is not str or len(set(fields)) < len(fields):
        raise machine.unmodelled("this namedtuple isn't read")
    if not all(type(each) is str and each.isidentifier() and each[0] != "_" for each in fields):
        raise machine.unmodelled("this namedtuple isn't read")
    cls = ClassObj(
        name=args[0].data, bases=(machine.classes["object"],), namespace={}, where=machine.here(),
        tuple_of=tuple(map(str, fields)), epoch=machine.epoch, born=machine.statement,
    )  # fmt: skip
    cls.mro = (cls, machine.classes["object"])
    return Value(cls, machine.origins())


@outside("itertools.zip_longest", takes=(1, 10, "fillvalue"))
def _zip_longest(machine: Machine, args: Args, kwargs: Names) -> Value:
    rows = zip_longest(*(items(machine, each) for each in args), fillvalue=kwargs.get("fillvalue", NONE))
    return lazy(machine, "zip_longest", (Value(row) for row in rows))


@outside("itertools.pairwise", takes=(1, 1, ""))
def _pairwise(machine: Machine, args: Args, kwargs: Names) -> Value:
    held = items(machine, args[0])
    return lazy(machine, "pairwise", (Value(pair) for pair in pairwise(held)))


@outside("typing.get_args", takes=(1, 1, ""))
def _get_args(machine: Machine, args: Args, kwargs: Names) -> Value:
    data = args[0].data
    if not isinstance(data, External) or data.path != "typing.Literal" or data.args is None:
        raise machine.unmodelled("typing.get_args() of this isn't read")
    held = data.args.data if isinstance(data.args.data, tuple) else (data.args,)
    if not all(type(each.data) is str for each in held):
        raise machine.unmodelled("typing.get_args() of these isn't read")
    distinct = {each.data: each for each in reversed(held)}
    return Value(tuple(each for each in held if distinct.pop(each.data, None) is not None)).also(data.args)


@outside("typing.cast", takes=(2, 2, ""))
def _cast(machine: Machine, args: Args, kwargs: Names) -> Value:
    return args[1]


@outside("typing.NewType", takes=(2, 2, ""))
def _newtype(machine: Machine, args: Args, kwargs: Names) -> Value:

    def call(machine: Machine, args: Args, kwargs: Names) -> Value:
        check(machine, "a NewType", args, kwargs, 1, 1)
        return args[0]

    return Value(Function("NewType", call))


@outside("typing.TypeVar", "typing.ParamSpec")
def _typevar(machine: Machine, args: Args, kwargs: Names) -> Value:
    if not args or type(args[0].data) is not str:
        raise machine.unmodelled("typing.TypeVar() called like this isn't read")
    return Value(External("typing.TypeVar"))


@outside("enum.auto", takes=(0, 0, ""))
def _auto(machine: Machine, args: Args, kwargs: Names) -> Value:
    return Value(External("enum.auto()"), machine.origins())


OUTSIDE_VALUES.update(
    {
        "typing.TYPE_CHECKING": lambda machine: Value(False, machine.origins()),
        "math.pi": lambda machine: Value(math.pi),
        "datetime.timezone.utc": lambda machine: Value(Unknown(machine.unmodelled("a time zone"), inert=True)),
    }
)
