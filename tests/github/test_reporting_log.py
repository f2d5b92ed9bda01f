"""The log: words never become workflow commands, and commands carry hostile text whole and harmless."""

from __future__ import annotations

import io

import pytest

from gate.github.reporting import Log, plain
from gate.report.annotations import Finding, Level, command, data


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("all is well", "all is well"),
        ("a :: b", "a :: b"),
        ("::error::forged", "\\::error::forged"),
        ("   ::set-output name=verdict::passed", "\\::set-output name=verdict::passed"),
        ("\t::error::forged", "\\t::error::forged"),
        ("words ##[error]forged", "words #\\#[error]forged"),
        ("\x1b[2J::error::", "\\x1b[2J::error::"),
        ("a\u202egnp", "a\\u202egnp"),
    ],
)
def test_a_line_of_words_is_no_command(line, shown):
    assert plain(line) == shown


@pytest.mark.parametrize("separator", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_no_line_break_starts_a_command(separator):
    stream = io.BytesIO()
    Log(stream=stream).say(f"a{separator}::error::forged")
    assert not any(line.lstrip().startswith("::") for line in stream.getvalue().decode().splitlines())


def test_a_block_switches_commands_off_with_a_word_that_nobody_can_guess():
    stream = io.BytesIO()
    log = Log(stream=stream)
    log.block("one")
    log.block("two")
    first, _, end, second, *_ = stream.getvalue().decode().splitlines()
    token = first.removeprefix("::stop-commands::")
    assert end == f"::{token}::"
    assert len(token) == 32
    assert token not in second


def finding(level=Level.FAILURE, line=3, **changed):
    given = {"path": "a.py", "line": line, "level": level, "title": "t", "message": "m", **changed}
    return Finding(**given)


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({}, "::error file=a.py,line=3,title=t::m"),
        ({"level": Level.WARNING}, "::warning file=a.py,line=3,title=t::m"),
        ({"path": ""}, "::error title=t::m"),
        ({"message": "100 %\r\n::error::x"}, "::error file=a.py,line=3,title=t::100 %25%0A::error::x"),
        ({"message": "a%0Ab"}, "::error file=a.py,line=3,title=t::a%250Ab"),
        ({"path": "a,line=1::error::b\n.py"}, "::error file=a%2Cline=1%3A%3Aerror%3A%3Ab\\n.py,line=3,title=t::m"),
        ({"title": "a:b,c%3A"}, "::error file=a.py,line=3,title=a%3Ab%2Cc%253A::m"),
    ],
)
def test_a_command_carries_what_it_is_given(changed, line):
    assert command(finding(**changed)) == line


def test_control_characters_of_a_message_become_visible():
    assert data("\x1b[31mred\x00\u202e") == "\\x1b[31mred\\x00\\u202e"


def test_ten_of_each_level_and_the_rest_is_counted():
    stream = io.BytesIO()
    found = [finding(line=i) for i in range(12)] + [finding(Level.WARNING, line=i) for i in range(15)]
    assert Log(stream=stream).annotate(found) == 7
    lines = stream.getvalue().decode().splitlines()
    assert [sum(line.startswith(start) for line in lines) for start in ("::error ", "::warning ")] == [10, 10]
    assert "line=0," in lines[0]
