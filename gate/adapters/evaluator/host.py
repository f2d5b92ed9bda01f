"""What the host is asked, and the parts of the standard library that say something without altering the package."""

from __future__ import annotations

import json
import ntpath
import posixpath
import re
import shlex
import string
import textwrap
import tomllib
import warnings
from collections.abc import Callable
from functools import partial

from gate.adapters.evaluator.attributes import attribute
from gate.adapters.evaluator.bounds import Unmodelled
from gate.adapters.evaluator.library import check, owed
from gate.adapters.evaluator.machine import BUILTINS, CALLS, NONE, Machine
from gate.adapters.evaluator.plain import harmless, is_plain, plain, wrap
from gate.adapters.evaluator.stdlib import outside, uncalled
from gate.adapters.evaluator.tables import METHODS, OUTSIDE_CALLS, OUTSIDE_NAMES, OUTSIDE_VALUES
from gate.adapters.evaluator.text import size
from gate.adapters.evaluator.values import (
    Args,
    ClassObj,
    External,
    FileObj,
    Function,
    Host,
    InstanceObj,
    ListObj,
    ModuleName,
    Names,
    Opaque,
    QualityText,
    Raising,
    Unknown,
    Value,
)

# --- loggers, warnings, locks, suppress ---

_LEVELS = ("debug", "info", "warning", "error", "exception", "critical")


def _logged(machine: Machine, args: Args, kwargs: Names, *, receiver: Value | None = None) -> Value:
    if set(kwargs) - {"exc_info", "stack_info", "stacklevel", "extra"}:
        raise machine.unmodelled("logs in a way that isn't read")
    for each in (*args, *kwargs.values()):
        if isinstance(each.data, Unknown | Host):
            continue
        if not harmless(machine, each):
            raise machine.unmodelled("logs what shows itself by code of its own")
    return NONE


@outside("logging.getLogger")
def _logger(machine: Machine, args: Args, kwargs: Names, *, receiver: Value | None = None) -> Value:
    check(machine, "logging.getLogger", args, kwargs, 0, 1, "name")
    return Value(Opaque("logging.Logger"))


@outside("logging.LoggerAdapter", takes=(1, 2, "extra"))
def _adapter(machine: Machine, args: Args, kwargs: Names) -> Value:
    if args[0].data != Opaque("logging.Logger"):
        raise machine.unmodelled("a LoggerAdapter of this isn't read")
    return Value(Opaque("logging.Logger"))


@outside("sys.stderr.write", "sys.stdout.write", takes=(1, 1, ""))
def _written(machine: Machine, args: Args, kwargs: Names) -> Value:
    if type(args[0].data) is not str and not isinstance(args[0].data, QualityText):
        raise machine.unmodelled("writes something other than text")
    return Value(Unknown(machine.unmodelled("how much was written isn't read"), inert=True))


@outside("sys.stderr.flush", "sys.stdout.flush", takes=(0, 0, ""))
def _flushed(machine: Machine, args: Args, kwargs: Names) -> Value:
    return NONE


def _enabled(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    return Value(bool(machine.ask("a logger's level")))


def _quiet(machine: Machine, args: Args, kwargs: Names, *, receiver: Value | None = None) -> Value:
    """Setting up logs with plain data does nothing to the package."""
    for each in (*args, *kwargs.values()):
        if not is_plain(each.data) and not isinstance(each.data, External):
            raise machine.unmodelled("sets up logs by code of its own")
    return NONE


for _name in _LEVELS:
    METHODS[Opaque, f"logging.Logger.{_name}"] = _logged
    OUTSIDE_CALLS[f"logging.{_name}"] = _logged
METHODS[Opaque, "logging.Logger.log"] = _logged
METHODS[Opaque, "logging.Logger.getChild"] = _logger
METHODS[Opaque, "logging.Logger.isEnabledFor"] = _enabled
METHODS[Opaque, "logging.Logger.setLevel"] = _quiet
OUTSIDE_CALLS["logging.basicConfig"] = _quiet
OUTSIDE_CALLS["logging.NullHandler"] = lambda machine, args, kwargs: Value(Opaque("logging.NullHandler"))
METHODS[Opaque, "logging.Logger.addHandler"] = lambda machine, args, kwargs, receiver: _handler(machine, args, kwargs)


def _handler(machine: Machine, args: Args, kwargs: Names) -> Value:
    check(machine, "addHandler", args, kwargs, 1, 1)
    inert = isinstance(args[0].data, Unknown) and args[0].data.inert  # the standard library's own
    if args[0].data != Opaque("logging.NullHandler") and not inert:
        raise machine.unmodelled("adds a handler that isn't read")
    return NONE


@outside("warnings.warn", takes=(1, 3, "category stacklevel"))
def _warn(machine: Machine, args: Args, kwargs: Names) -> Value:
    categories = [each.data for each in (*args[1:2], *([kwargs["category"]] if "category" in kwargs else []))]
    warning = machine.classes["Warning"]
    if type(args[0].data) is not str or any(not isinstance(c, ClassObj) or warning not in c.mro for c in categories):
        raise machine.unmodelled("warns in a way that isn't read")
    if machine.guard:
        raise machine.unmodelled("a warning may be an exception, which would be caught")
    return NONE


@outside("warnings.filterwarnings", "warnings.simplefilter")
def _filter(machine: Machine, args: Args, kwargs: Names) -> Value:
    if not args or args[0].data not in ("ignore", "default", "always", "once", "module"):
        raise machine.unmodelled("a filter turns warnings into exceptions")
    for each in (*args[1:], *kwargs.values()):
        if not is_plain(each.data) and not (isinstance(each.data, ClassObj) and each.data.builtin):
            raise machine.unmodelled("this filter of warnings isn't read")
    return NONE


@outside("threading.Lock", "threading.RLock", takes=(0, 0, ""))
def _lock(machine: Machine, args: Args, kwargs: Names) -> Value:
    return Value(Opaque("threading.Lock"))


@outside("contextlib.suppress", takes=(1, 10, ""))
def _suppress(machine: Machine, args: Args, kwargs: Names) -> Value:
    return Value(Function("suppress", uncalled, Value(tuple(args))))


@outside("warnings.catch_warnings", takes=(0, 0, ""))
def _catch_warnings(machine: Machine, args: Args, kwargs: Names) -> Value:
    return Value(Function("nullcontext", uncalled, NONE))


@outside("contextlib.nullcontext", takes=(0, 1, ""))
def _nullcontext(machine: Machine, args: Args, kwargs: Names) -> Value:
    return Value(Function("nullcontext", uncalled, machine.kept((*args, NONE)[0])))


# --- the host ---


@outside("shutil.which", takes=(1, 1, ""))
def _which(machine: Machine, args: Args, kwargs: Names) -> Value:
    shown = repr(args[0].data) if type(args[0].data) is str else "…"
    return Value(Host("path", f"shutil.which({shown}) ({machine.here()})", machine.here()), machine.origins())


@outside("subprocess.run")
def _run(machine: Machine, args: Args, kwargs: Names) -> Value:
    """What a program says isn't known; where its failing is caught, it may have failed in each of these ways."""
    if machine.answers is None:
        raise machine.unmodelled("runs a program while the package is imported")
    known = {"capture_output", "text", "timeout", "check", "stdout", "stderr", "encoding", "errors", "stdin", "env"}
    words = args[0].data if len(args) == 1 else None
    held = words.items if isinstance(words, ListObj) else words if isinstance(words, tuple) else None
    if held is None or set(kwargs) - known or not all(type(e.data) is str or isinstance(e.data, Host) for e in held):
        raise machine.unmodelled("runs a program in a way that isn't read")
    if not all(is_plain(each.data) or isinstance(each.data, External) for each in kwargs.values()):
        raise machine.unmodelled("runs a program in a way that isn't read")
    first = held[0].data if held and type(held[0].data) is str else "…"
    probe = f"subprocess.run([{first!r}, …])" if first != "…" else "subprocess.run([…])"
    probe = f"{probe} ({machine.here()})"
    ways = ("FileNotFoundError", "PermissionError", "subprocess.TimeoutExpired", "subprocess.CalledProcessError")
    if machine.guard:
        way = machine.ask_afresh(probe, len(ways) + 1)
        if way < len(ways):
            cls = machine.classes[ways[way]]
            instance = InstanceObj(cls=cls, attributes={"args": Value(())}, native=True, epoch=machine.epoch)
            raise Raising(Value(instance, machine.origins()), machine.here(), sure=True)
    return Value(Host("value", probe, machine.here()), machine.origins())


@outside("os.environ.get", "os.getenv", takes=(1, 2, "default"))
def _environ(machine: Machine, args: Args, kwargs: Names) -> Value:
    name = plain(machine, args[0])
    probe = f"os.environ.get({name!r})"
    if len(args) == 1 and not kwargs:
        return Value(Host("path", probe, machine.here()), machine.origins())
    if machine.ask(probe):
        return Value(Host("value", probe, machine.here()), machine.origins())
    return (*args[1:], *kwargs.values())[0]


@outside("os.cpu_count", "multiprocessing.cpu_count", takes=(0, 0, ""))
def _cpus(machine: Machine, args: Args, kwargs: Names) -> Value:
    return Value(Host("path", "os.cpu_count()", machine.here()), machine.origins())


def _call_host(machine: Machine, callee: Value, args: Args, kwargs: Names) -> Value:
    host: Host = callee.data
    if host.kind != "value" or not all(is_plain(each.data) for each in (*args, *kwargs.values())):
        raise machine.unmodelled(f"depends on what {host.probe} finds")
    return Value(Host("value", host.probe, host.where), callee.origins)


CALLS[Host] = _call_host
_PLATFORMS = ("linux", "darwin", "win32")


def _platform(machine: Machine) -> Value:
    return Value(_PLATFORMS[machine.ask("sys.platform", len(_PLATFORMS))], machine.origins())


@outside("platform.system", takes=(0, 0, ""))
def _system(machine: Machine, args: Args, kwargs: Names) -> Value:
    return Value(("Linux", "Darwin", "Windows")[machine.ask("sys.platform", len(_PLATFORMS))], machine.origins())


def _os_name(machine: Machine) -> Value:
    return Value("nt" if machine.ask("sys.platform", len(_PLATFORMS)) == 2 else "posix", machine.origins())


def _version(machine: Machine) -> Value:
    names = ("major", "minor", "micro", "releaselevel", "serial")
    cls = machine.classes.get("sys.version_info")
    if cls is None:
        cls = ClassObj(
            name="version_info", bases=(machine.classes["object"],), namespace={}, builtin=True, tuple_of=names
        )
        cls.mro = (cls, machine.classes["object"])
        machine.classes["sys.version_info"] = cls
    rest = Value(Unknown(machine.unmodelled("depends on a version of Python beyond 3.x")))
    parts = (Value(3), Value(10 + machine.ask("sys.version_info", 5)), rest, rest, rest)
    attributes = {name: each.owed(machine.origins()) for name, each in zip(names, parts, strict=True)}
    return Value(InstanceObj(cls=cls, attributes=attributes, epoch=machine.epoch), machine.origins())


OUTSIDE_VALUES.update({"sys.platform": _platform, "os.name": _os_name, "sys.version_info": _version})
OUTSIDE_NAMES["os"] |= {"environ"}

# --- text, JSON, paths; files of the repository ---

_SIMPLE = re.compile(r"(?:[\w\s\-=.,:;/%@#&~<>\"']|\\[dswDSW.\-]|\[[\w\s\-.,:;=/^]+\]|[()|^$]|[+*?])*", re.ASCII)


def _pattern(machine: Machine, args: Args) -> list[str]:
    given = [plain(machine, each) for each in args]
    pattern = given[0]
    texts = [each for each in given if isinstance(each, str) and each.isascii() and len(each) <= 1_000]
    if len(texts) != len(given) or not isinstance(pattern, str) or not _SIMPLE.fullmatch(pattern):
        raise machine.unmodelled("a regular expression of this form isn't read")
    bare = re.sub(r"\(\?(?:P<\w+>|:)", "(", pattern)
    if "(?" in bare or sum(bare.count(each) for each in "+*?") > 2 or re.search(r"\)[+*?]", bare):
        raise machine.unmodelled("a regular expression that repeats so much isn't read")
    # It may begin anywhere, and each repeat end anywhere.
    machine.charge(1 + len(texts[-1]) ** (1 + sum(bare.count(each) for each in "+*?")) // 64)
    return texts


def _searched(machine: Machine, args: Args, kwargs: Names, *, name: str, receiver: Value | None = None) -> Value:
    """`match`, `fullmatch`, `search`, `findall`: of the module, or of a compiled pattern."""
    given = [receiver.data.attributes["pattern"], *args] if receiver is not None else list(args)
    check(machine, f"re.{name}", given, kwargs, 2, 2)
    pattern, text = _pattern(machine, given)
    found = machine.delegate(getattr(re, name), pattern, text)
    if not isinstance(found, re.Match):
        return owed(wrap(machine, found), given)
    parts = {
        "groups()": wrap(machine, (found.group(), *found.groups())),
        "names()": wrap(machine, found.groupdict()),
    }
    return owed(Value(InstanceObj(cls=machine.face("re.Match"), attributes=parts, epoch=machine.epoch)), given)


for _name in ("match", "fullmatch", "search", "findall"):
    OUTSIDE_CALLS[f"re.{_name}"] = partial(_searched, name=_name)
    METHODS["re.Pattern", _name] = partial(_searched, name=_name)


@outside("re.compile")
def _compiled(machine: Machine, args: Args, kwargs: Names) -> Value:
    pattern = args[0].data if args else None
    if (
        kwargs
        or len(args) != 1
        or type(pattern) is not str
        or len(pattern) > 1_000
        or re.search(r"[+*?}]\+|\(\?>", pattern)
    ):
        raise machine.unmodelled("re.compile() of this isn't read")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        machine.delegate(re.compile, pattern)
    try:
        _pattern(machine, args)
    except Unmodelled as stopped:
        return Value(Unknown(stopped, inert=True), machine.origins())
    face = InstanceObj(cls=machine.face("re.Pattern"), attributes={"pattern": args[0]}, epoch=machine.epoch)
    return Value(face, machine.origins())


def _groups(machine: Machine, args: Args, kwargs: Names, *, receiver: Value, name: str) -> Value:
    held, names = (receiver.data.attributes[each] for each in ("groups()", "names()"))
    if name == "groupdict" and not args and not kwargs:
        return wrap(machine, plain(machine, names)).also(receiver)
    if name == "groups" and not args and not kwargs:
        return Value(held.data[1:], held.origins).also(receiver)
    check(machine, f"a match's {name}", args, kwargs, 0, 1)
    key = plain(machine, args[0]) if args else 0
    if type(key) is str and key in names.data.entries:
        return names.data.entries[key][1].also(receiver)  # type: ignore[no-any-return]  # a table of values
    if type(key) is not int or not 0 <= key < len(held.data):
        raise machine.unmodelled("a group that isn't there")
    return held.data[key].also(receiver)  # type: ignore[no-any-return]  # a tuple of values


METHODS.update({("re.Match", each): partial(_groups, name=each) for each in ("group", "groups", "groupdict")})
METHODS["re.Match", "__getitem__"] = partial(_groups, name="[]")


@outside("re.sub", takes=(3, 3, "count"))
def _re_sub(machine: Machine, args: Args, kwargs: Names) -> Value:
    pattern, replacement, text = _pattern(machine, args)
    count = plain(machine, kwargs["count"]) if "count" in kwargs else 0
    machine.charge(len(text))
    if type(count) is not int or len(replacement) > 100:
        raise machine.unmodelled("re.sub() called like this isn't read")
    return owed(wrap(machine, machine.delegate(re.sub, pattern, replacement, text, count=count)), args)


@outside("re.split", takes=(2, 2, ""))
def _re_split(machine: Machine, args: Args, kwargs: Names) -> Value:
    pattern, text = _pattern(machine, args)
    if "(" in pattern:
        raise machine.unmodelled("re.split() by groups isn't read")
    machine.charge(len(text))
    return owed(wrap(machine, machine.delegate(re.split, pattern, text)), args)


def _loads(machine: Machine, args: Args, kwargs: Names, *, read: Callable[[str], object]) -> Value:
    check(machine, "loads", args, kwargs, 1, 1)
    text = plain(machine, args[0])
    if not isinstance(text, str):
        raise machine.unmodelled("what is loaded from this isn't read")
    machine.charge(len(text) // 8)
    return owed(wrap(machine, machine.delegate(read, text)), args)


def _load(machine: Machine, args: Args, kwargs: Names, *, read: Callable[[str], object]) -> Value:
    check(machine, "load", args, kwargs, 1, 1)
    return _loads(machine, [_rest(machine, args[0], binary=read is tomllib.loads)], {}, read=read)


OUTSIDE_CALLS.update(
    {
        "json.loads": partial(_loads, read=json.loads),
        "json.load": partial(_load, read=json.loads),
        "tomllib.loads": partial(_loads, read=tomllib.loads),
        "tomllib.load": partial(_load, read=tomllib.loads),
    }
)


@outside("json.dumps", takes=(1, 1, "sort_keys"))
def _dumps(machine: Machine, args: Args, kwargs: Names) -> Value:
    whole, by_key = plain(machine, args[0]), kwargs["sort_keys"].data if "sort_keys" in kwargs else False
    if type(by_key) is not bool:
        raise machine.unmodelled("json.dumps() called like this isn't read")
    machine.limit_text(size(whole))
    return owed(wrap(machine, machine.delegate(json.dumps, whole, sort_keys=by_key)), args)


def _words(machine: Machine, args: Args, kwargs: Names, *, function: Callable[..., object]) -> Value:
    check(machine, function.__name__, args, kwargs, 1, 1)
    text = plain(machine, args[0])
    if type(text) is not str or not re.fullmatch(r"[ -~\n]{0,4000}", text):
        raise machine.unmodelled(f"{function.__name__}() of this isn't read")
    machine.charge(len(text) // 8)
    return owed(wrap(machine, machine.delegate(function, text)), args)


for _function in (textwrap.dedent, shlex.split, shlex.quote):
    OUTSIDE_CALLS[f"{_function.__module__}.{_function.__name__}"] = partial(_words, function=_function)


def _path(machine: Machine, args: Args, kwargs: Names, *, name: str) -> Value:
    """What is the same on every platform."""
    if args and isinstance(args[0].data, FileObj) and not kwargs and (len(args) == 1 or name == "join"):
        found = attribute(machine, args[0], "parent") if name == "dirname" else args[0]
        if name not in ("dirname", "join", "abspath", "realpath"):
            raise machine.unmodelled(f"os.path.{name}() of a file isn't read")
        for each in args[1:]:
            found = _joinpath(machine, [each], {}, receiver=found)
        return found
    if name not in ("basename", "dirname", "splitext"):
        raise machine.unmodelled(f"os.path.{name}() of these isn't read")
    check(machine, f"os.path.{name}", args, kwargs, 1, 1)
    given = [plain(machine, each) for each in args]
    if not given or not all(isinstance(each, str) and re.fullmatch(r"[\w./-]*", each, re.ASCII) for each in given):
        raise machine.unmodelled(f"os.path.{name}() of these isn't read")
    one, other = (machine.delegate(getattr(kind, name), *given) for kind in (posixpath, ntpath))
    if one != other:
        raise machine.unmodelled(f"os.path.{name}() of these differs between platforms")
    return owed(wrap(machine, one), args)


for _name in ("basename", "dirname", "splitext", "join", "abspath", "realpath"):
    OUTSIDE_CALLS[f"os.path.{_name}"] = partial(_path, name=_name)


@outside("string.Template", takes=(1, 1, ""))
def _template(machine: Machine, args: Args, kwargs: Names) -> Value:
    text = plain(machine, args[0])
    if not isinstance(text, str) or len(text) > 1_000 or not text.isascii():
        raise machine.unmodelled("this string.Template isn't read")
    return Value(
        InstanceObj(cls=machine.face("string.Template"), attributes={"template": args[0]}, epoch=machine.epoch)
    )


def _substitute(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "substitute", args, {}, 0, 0)
    given = {name: plain(machine, each) for name, each in kwargs.items()}
    if not all(type(each) in (str, int) for each in given.values()):
        raise machine.unmodelled("substitute() of these isn't read")
    template = string.Template(str(plain(machine, receiver.data.attributes["template"])))
    machine.limit_text(len(template.template) * (1 + max([len(str(each)) for each in given.values()], default=0)))
    return owed(wrap(machine, machine.delegate(template.substitute, given)), [receiver, *kwargs.values()])


METHODS["string.Template", "substitute"] = _substitute


@outside("types.SimpleNamespace")
def _namespace(machine: Machine, args: Args, kwargs: Names) -> Value:
    check(machine, "types.SimpleNamespace", args, {}, 0, 0)
    attributes = {name: machine.kept(each) for name, each in kwargs.items()}
    cls = machine.face("types.SimpleNamespace")
    return Value(InstanceObj(cls=cls, attributes=attributes, epoch=machine.epoch, born=machine.statement))


@outside("pathlib.Path", takes=(1, 1, ""))
def _pathlib(machine: Machine, args: Args, kwargs: Names) -> Value:
    if isinstance(args[0].data, FileObj):
        return args[0]
    if machine.answers is not None or not is_plain(args[0].data):
        raise machine.unmodelled("pathlib.Path() of this isn't read")
    return Value(Unknown(machine.unmodelled("pathlib.Path() of this isn't read"), inert=True))


def _read_text(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "read_text", args, kwargs, 0, 1, "encoding")
    if any(each.data != "utf-8" for each in (*args, *kwargs.values())):
        raise machine.unmodelled("read_text() in such an encoding isn't read")
    content = machine.layout.content(receiver.data.path)
    machine.consulted.add(receiver.data.path)
    if content is None or (not args and not kwargs and not content.isascii()):
        raise machine.unmodelled(f"{receiver.data.path} can't be read")
    text = machine.delegate(content.decode, "utf-8")
    if isinstance(text, str) and "\r" in text:
        raise machine.unmodelled(f"{receiver.data.path} has line ends that Python alters")
    return wrap(machine, text).owed(machine.origins())


@outside("importlib.resources.files", takes=(1, 1, ""))
def _files(machine: Machine, args: Args, kwargs: Names) -> Value:
    data = args[0].data
    module = machine.modules.get(data.of) if isinstance(data, ModuleName) and not data.inner else None
    if module is None:
        return Value(Unknown(machine.unmodelled("importlib.resources.files() of this isn't read"), inert=True))
    if not module.is_package:
        raise machine.unmodelled("importlib.resources.files() of a module differs between versions of Python")
    return Value(FileObj(module.path.rpartition("/")[0]), machine.origins())


def _open(machine: Machine, args: Args, kwargs: Names, *, receiver: Value | None = None) -> Value:
    """A file of the repository, to be read once, whole, within its `with`."""
    given = [receiver, *args] if receiver is not None else list(args)
    check(machine, "open", given, kwargs, 1, 2, "mode encoding")
    mode = (*given[1:], *([kwargs["mode"]] if "mode" in kwargs else []), Value("r"))[0].data
    if (
        not isinstance(given[0].data, FileObj)
        or mode not in ("r", "rt", "rb")
        or (mode == "rb" and "encoding" in kwargs)
    ):
        raise machine.unmodelled("open() of this isn't read")
    encoding = [Value("utf-8")] if mode == "rb" else [each for key, each in kwargs.items() if key == "encoding"]
    text = _read_text(machine, encoding, {}, receiver=given[0])
    if str(text.data).startswith("﻿"):
        raise machine.unmodelled("a file that begins with a byte order mark isn't read")
    left = {"text()": text, "mode()": Value(mode)}
    face = InstanceObj(cls=machine.face("io.IOBase"), attributes=left, epoch=machine.epoch, born=machine.statement)
    return Value(face, given[0].origins)


def _rest(machine: Machine, file: Value, *, binary: bool = False) -> Value:
    """All that an open file holds; it is read once."""
    data = file.data
    found = data.attributes.get("text()") if isinstance(data, InstanceObj) else None
    if found is None or (data.attributes["mode()"].data == "rb") is not binary:
        raise machine.unmodelled("reads from something that isn't a file of the repository, just opened for that")
    machine.mutate(data)
    del data.attributes["text()"]
    return found


def _read(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "read", args, kwargs, 0, 0)
    return _rest(machine, receiver)


BUILTINS["open"] = Value(Function("open", _open))
METHODS[FileObj, "open"] = _open
METHODS["io.IOBase", "read"] = _read


def _with_name(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    return _joinpath(machine, args, kwargs, receiver=attribute(machine, receiver, "parent"))


METHODS[FileObj, "with_name"] = _with_name


def _joinpath(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "joinpath", args, kwargs, 1, 1)
    name = plain(machine, args[0])
    if not isinstance(name, str) or not re.fullmatch(r"\w[\w.-]*", name, re.ASCII):
        raise machine.unmodelled("a path of this form isn't read")
    return Value(FileObj(f"{receiver.data.path}/{name}"), args[0].origins)


def _resolved(machine: Machine, args: Args, kwargs: Names, *, receiver: Value) -> Value:
    check(machine, "resolve", args, kwargs, 0, 0)
    return receiver


METHODS.update({(FileObj, "read_text"): _read_text, (FileObj, "joinpath"): _joinpath, (FileObj, "resolve"): _resolved})


# --- every module of the package ---


@outside("pkgutil.iter_modules", takes=(1, 1, ""))
def _iter_modules(machine: Machine, args: Args, kwargs: Names) -> Value:
    if not isinstance(args[0].data, FileObj) or not args[0].data.listing or not machine.layout.complete:
        raise machine.unmodelled("pkgutil.iter_modules() of this isn't read")
    faces = []
    for name in machine.layout.modules(args[0].data.path):
        attributes = {"name": Value(name, machine.origins())}
        faces.append(
            Value(InstanceObj(cls=machine.face("pkgutil.ModuleInfo"), attributes=attributes, epoch=machine.epoch))
        )
    return Value(tuple(faces))
