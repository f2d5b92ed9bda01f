"""Imports adapter packages for real, each in a forked child with limits, and prints what they emit.

The reference that the evaluator is held against. Run by path with `python -I`; reads one JSON object per line,
`{"package": "vmaftune.codec_adapters", "files": {"name.py": "text"}}`, and prints one JSON object per line.
"""

import base64
import inspect
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

SECONDS = 3
MEMORY = 600 << 20


def failed(error: BaseException) -> dict[str, Any]:
    return {"raises": [type(error).__name__, str(error)]}


def words(result: Any) -> list[Any]:
    found: list[Any] = []
    for item in result:
        found.extend(words(item) if isinstance(item, (tuple, list)) else [item])
    return found


def emitted(adapter: Any, preset: str, asked: Any = None) -> dict[str, Any]:
    quality = adapter.quality_default if asked is None else asked
    try:
        if hasattr(adapter, "ffmpeg_codec_args"):
            argv = adapter.ffmpeg_codec_args(preset, quality)
        else:
            argv = ["-c:v", adapter.encoder, "-preset", preset, f"-{adapter.quality_knob}", str(quality)]
        extra = ()
        if hasattr(adapter, "extra_params"):
            required = [
                each
                for each in inspect.signature(adapter.extra_params).parameters.values()
                if each.default is each.empty and each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
            ]
            extra = adapter.extra_params(preset, quality) if len(required) == 2 else adapter.extra_params()
    except Exception as error:
        return failed(error)
    if not isinstance(argv, (list, tuple)) or not isinstance(extra, (list, tuple)):
        return {"odd": "not a list or tuple"}
    whole = {"argv": words(argv), "extra": words(extra)}
    if not all(isinstance(word, str) for part in whole.values() for word in part):
        return {"odd": "not strings"}
    return whole


def described(adapter: Any) -> dict[str, Any]:
    presets = [str(preset) for preset in adapter.presets]
    return {
        "name": str(getattr(adapter, "name", "")),
        "encoder": str(getattr(adapter, "encoder", "")),
        "quality_knob": str(getattr(adapter, "quality_knob", "")),
        "quality_default": str(adapter.quality_default),
        "presets": presets,
        "emits": {preset: emitted(adapter, preset) for preset in presets},
    }


def imported(package: str, qualities: list[int]) -> dict[str, Any]:
    try:
        module = __import__(package, fromlist=["_REGISTRY"])
        registry = module._REGISTRY
    except BaseException as error:
        return {"import": [type(error).__name__, str(error)[:500]]}
    found = {}
    for key, adapter in dict(registry).items():
        try:
            given = module.get_adapter(key) if hasattr(module, "get_adapter") else adapter
            found[str(key)] = described(given)
            at = {str(q): {str(preset): emitted(given, preset, q) for preset in given.presets} for q in qualities}
            found[str(key)]["at"] = at
        except Exception as error:
            found[str(key)] = failed(error)
    return {"adapters": found}


def child(case: dict[str, Any], folder: Path, pipe: int) -> None:
    signal.alarm(20 * SECONDS)  # on a busy machine
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.path.insert(0, str(folder))
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    result = imported(case["package"], case.get("qualities", []))
    try:
        text = json.dumps(result)
    except (TypeError, ValueError):
        text = json.dumps({"import": ["TypeError", "not JSON"]})
    with os.fdopen(pipe, "w") as out:
        out.write(text)


def judged(case: dict[str, Any]) -> str:
    folder = Path(tempfile.mkdtemp())
    try:
        home = folder
        for part in case["package"].split("."):
            home = home / part
            home.mkdir()
            (home / "__init__.py").write_text("")
        for name, text in case["files"].items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_bytes(text.encode() if isinstance(text, str) else base64.b64decode(text["base64"]))
        reading, writing = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(reading)
            try:
                child(case, folder, writing)
            finally:
                os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as source:
            text = source.read()
        os.waitpid(pid, 0)
        return text or json.dumps({"import": ["Killed", "out of time or memory"]})
    finally:
        shutil.rmtree(folder)


def main() -> None:
    sys.dont_write_bytecode = True
    for module in ("dataclasses", "enum", "functools", "types", "typing", "subprocess", "collections.abc", "pathlib"):
        __import__(module)
    for line in sys.stdin:
        print(judged(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
