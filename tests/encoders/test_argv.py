"""Names, specifiers and values of an argv, as the FFmpeg command line takes them."""

from __future__ import annotations

import pytest

from gate.encoders.argv import UnreadableArgvError, given
from gate.errors import GateError
from gate.model import Location, Token


def tokens(text: str) -> list[Token]:
    """One token per word, the n-th on line n."""
    return [Token(text=word, origins=(Location(path="a.py", line=i),)) for i, word in enumerate(text.split(), 1)]


def names(text: str) -> list[tuple[str, str]]:
    return [(option.name, option.value) for option in given(tokens(text))]


SAME = {
    "-b:v 4M": ("b", "4M"),
    "-b:v:0 4M": ("b", "4M"),
    "-b:V 4M": ("b", "4M"),
    "-b:0 4M": ("b", "4M"),
    "-b 4M": ("b", "4M"),
    "-vb 4M": ("b", "4M"),
    "-vbf 3": ("bf", "3"),
    "-b:v:00 4M": ("b", "4M"),
    "-bf: 3": ("bf", "3"),  # an empty specifier is every stream
    "-vcodec:a libx264": ("c", "libx264"),  # what the alias says of the stream holds
    "-vf:s scale=1": ("filter", "scale=1"),
    "-vcodec libx264": ("c", "libx264"),
    "-codec:v libx264": ("c", "libx264"),
    "-c:v:0 libx264": ("c", "libx264"),
    "-q:v 3": ("qscale", "3"),
    "-qscale:v 3": ("qscale", "3"),
    "-vf scale=1": ("filter", "scale=1"),
    "-qmin -1": ("qmin", "-1"),
    "-bf:v:1 3": ("bf:v:1", "3"),  # another stream's: kept, and like nothing else
}
UNTOUCHED = """
-c:a aac|-b:a 128k|-ab 128k|-q:a 2|-aq 2|-aq:0 2|-acodec aac|-an|-sn|-dn|-ac 2|-ar 48000|-af volume=2|-abf 3|-c:s copy|-threads 8
-threads:v 8|-hide_banner|-nostdin|-y|-map 0|-f mp4|-movflags +faststart|-loglevel error|-stats|-nostats|-filter_threads 2
-qsv_device /dev/dri/renderD128|-hwaccel cuda|-metadata title=x|-tag:v hvc1|-vtag hvc1|-passlogfile x
-metadata:g title=x|-metadata:s:v:0 title=x|-disposition:m:language:eng default|-threads:u 8|-threads:v:1 8|-bf:a:9 1
-c:s:m:language:eng copy
"""


@pytest.mark.parametrize(("text", "option"), SAME.items())
def test_aliases_and_specifiers(text: str, option: tuple[str, str]) -> None:
    assert names(text) == [option]


@pytest.mark.parametrize("text", UNTOUCHED.replace("\n", "|").strip("|").split("|"))
def test_what_never_touches_a_video_stream(text: str) -> None:
    assert names(text + " -bf 3") == [("bf", "3")]


@pytest.mark.parametrize("text", ["-vn", "-noautoscale", "-force_fps"])
def test_flags_that_alter_pictures_stay(text: str) -> None:
    assert names(text) == [(text[1:], "1")]


SPECIFIERS = (
    "g:0|m:language:xyz|p:9|i:77|#0x999|disp:forced|u|v:0x1|v:i:77|v:m:language:xyz|v:0:u|V:u|v:|:|x|-1|v:-1|0x0"
)


@pytest.mark.parametrize("option", ["-spatial-aq", "-c", "-bf", "-preset"])
@pytest.mark.parametrize("specifier", SPECIFIERS.split("|"))
def test_a_specifier_that_may_match_nothing_is_not_taken_for_the_first_stream(option: str, specifier: str) -> None:
    reason = f"the stream specifier of option '{option}:{specifier}' may match another stream"
    with pytest.raises(UnreadableArgvError) as caught:
        given(tokens(f"-spatial-aq 1 {option}:{specifier} 0"))
    assert caught.value.what.startswith(reason)
    assert caught.value.what.endswith(repr(specifier))
    assert [line.line for line in caught.value.origins] == [3]


@pytest.mark.parametrize(
    ("text", "spelling"),
    [("-b:v 4M", "b:v"), ("-vb 4M", "vb"), ("-b 4M", "b"), ("-spatial_aq 1", "spatial_aq"), ("-vn", "vn")],
)
def test_the_spelling_is_kept(text: str, spelling: str) -> None:
    assert [option.spelling for option in given(tokens(text))] == [spelling]


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("-bf", "option '-bf' has no value", 1),
        ("-cq 23 -bf", "option '-bf' has no value", 3),
        ("out.mp4", "'out.mp4' stands where an option should", 1),
        ("-cq 23 24 -bf 3", "'24' stands where an option should", 3),
        ("-", "'-' stands where an option should", 1),
    ],
)
def test_argv_that_ffmpeg_would_refuse(text: str, reason: str, line: int) -> None:
    with pytest.raises(UnreadableArgvError) as caught:
        given(tokens(text))
    assert (caught.value.what, caught.value.origins[0].line) == (reason, line)
    assert isinstance(caught.value, GateError)


def test_an_empty_argv_holds_nothing() -> None:
    assert given([]) == []


def test_origins_are_the_values_lines_before_the_options() -> None:
    (option,) = given(tokens("-bf 3"))
    assert [line.line for line in option.origins] == [2, 1]
