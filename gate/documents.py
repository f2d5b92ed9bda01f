"""YAML that people write, read strictly: what other loaders would lose or blow up is an error with its line."""

from __future__ import annotations

from typing import Any

import yaml

from gate.errors import GateError

_MAX_BYTES = 1_000_000


def read_yaml(contents: bytes, where: str, error: type[GateError]) -> Any:
    """The document in `contents`, YAML or JSON; the file is called `where` in errors.

    Raises:
        error: too large, not UTF-8, not YAML, a key given twice, an alias; with the line where there is one.
    """
    if len(contents) > _MAX_BYTES:
        raise error(f"has {len(contents)} bytes, more than a document's {_MAX_BYTES}", where=where)
    try:
        text = contents.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise error(f"byte {fault.start} is not UTF-8", where=where, fix="save the file as UTF-8") from None
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a subclass of SafeLoader
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark
        place = f"{where}:{mark.line + 1}" if mark else where
        raise error(f"is not YAML: {fault.problem or fault.context}", where=place) from None
    except (yaml.YAMLError, ValueError) as fault:
        raise error(f"is not YAML: {fault}", where=where) from None
    except RecursionError:
        raise error("is nested too deeply", where=where) from None


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML without a key given twice, which would be lost silently, and without aliases, which can blow up."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not supported", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            try:
                twice = key in seen
                seen.add(key)
            except TypeError:
                what = "a key is not a plain word"
                raise yaml.constructor.ConstructorError(None, None, what, key_node.start_mark) from None
            if twice:
                what = f"key {key!r} is given twice"
                raise yaml.constructor.ConstructorError(None, None, what, key_node.start_mark)
        return super().construct_mapping(node, deep)
