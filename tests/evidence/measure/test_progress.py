"""RunProgress: what a line says, and how often one is written where there is no terminal."""

from __future__ import annotations

import io

import pytest

from gate.evidence.measure.progress import duration, eta_s, line, reporting_to
from gate.evidence.measure.run import RunProgress


def at(known: int, made: int, ahead: int, failed: int = 0) -> RunProgress:
    return RunProgress(known=known, made=made, failed=failed, ahead=ahead)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (125, "2 min 5 s"), (3599, "59 min"), (7620, "2 h 7 min")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("standing", "elapsed", "expected"),
    [(at(0, 0, 100), 5.0, None), (at(50, 2, 50), 5.0, None), (at(60, 10, 90), 5.0, 45.0), (at(9, 9, 0), 9.0, 0.0)],
)
def test_what_is_left_is_told_by_this_runs_own_rate(standing, elapsed, expected):
    assert eta_s(standing, elapsed) == expected


def test_a_line_says_all_of_it():
    assert line(at(412, 59, 5420, failed=2), 30.0, at_least=False) == (
        "412 of 5,832 encodes, 2 failed, 118 a minute, 45 min left"
    )
    assert line(at(412, 59, 88), 30.0, at_least=True) == (
        "412 of at least 500 encodes, 118 a minute, at least 45 s left"
    )


def test_without_a_terminal_a_line_every_ten_seconds_and_the_last():
    stream, now = io.StringIO(), [100.0]
    with reporting_to(stream, at_least=False, clock=lambda: now[0]) as told:
        for made in range(36):
            told(at(made, made, 36 - made))
            now[0] += 1.0
    assert [text.split()[0] for text in stream.getvalue().splitlines()] == ["10", "20", "30", "35"]


def test_a_run_that_made_nothing_still_says_where_it_stands():
    stream = io.StringIO()
    with reporting_to(stream, at_least=False) as told:
        told(at(7, 0, 0))
    assert stream.getvalue() == "7 of 7 encodes\n"
    with reporting_to(stream, at_least=False):
        pass
    assert stream.getvalue() == "7 of 7 encodes\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_there_is_a_bar():
    stream = Terminal()
    with reporting_to(stream, at_least=False) as told:
        told(at(5, 5, 5, failed=1))
    assert "5/10" in stream.getvalue()
    assert "1 failed" in stream.getvalue()
