"""Processes under way, and the end of them all."""

import os
import sys
from threading import Thread

import pytest

from gate.errors import GateError
from gate.evidence.measure.processes import Processes
from tests.evidence.measure.killing import is_alive


def ran(programs, *command, timeout=30.0):
    return programs.run(command, folder=None, environment=dict(os.environ), timeout=timeout)


def test_what_a_program_came_to():
    ended = ran(Processes(), "/bin/sh", "-c", "echo out; echo words >&2; exit 3")
    assert (ended.status, ended.output, ended.words) == (3, b"out\n", b"words\n")


def test_all_are_ended_from_another_thread_and_no_other_begins(tmp_path):
    programs, found, noted = Processes(), [], tmp_path / "begun"
    os.mkfifo(noted)

    def asleep():
        try:
            found.append(ran(programs, "/bin/sh", "-c", f"echo $$ >{noted}; sleep 60 & wait").status)
        except GateError:  # it was told to end between the program's start and the wait for it
            found.append("stopped")

    sleeping = Thread(target=asleep)
    sleeping.start()
    began = int(noted.read_bytes())  # waits for the program
    programs.end()
    sleeping.join(30)
    assert found in ([-9], ["stopped"])
    assert not is_alive(began)
    with pytest.raises(GateError, match="stopped"):
        ran(programs, "/bin/sh", "-c", "exit 0")


@pytest.mark.parametrize(("name", "error"), [("gone", FileNotFoundError), ("plain", PermissionError)])
def test_what_can_not_be_started_is_the_systems_own_error(tmp_path, name, error):
    (tmp_path / "plain").write_text("")
    with pytest.raises(error):
        ran(Processes(), str(tmp_path / name))


def test_a_program_is_no_member_of_the_terminals_group():
    said = ran(Processes(), sys.executable, "-c", "import os; print(os.getpid() == os.getsid(0) == os.getpgid(0))")
    assert said.output == b"True\n"
