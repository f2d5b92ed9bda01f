"""The executor of this machine, where the machine has too little."""

import subprocess
import sys

# Every thread reserves its stack: under this limit there is room for some, and not for all.
CROWDED = """
import resource
from gate.errors import UsageError
from gate.evidence.measure.run import LocalExecutor
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
try:
    LocalExecutor(lambda encode: encode, 100_000).__enter__()
except UsageError as error:
    print(error)
"""


def test_more_jobs_than_there_are_threads_is_told_so():
    ran = subprocess.run([sys.executable, "-c", CROWDED], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout == ("--jobs: can't do 100,000 encodes at a time: the system has no threads left (give fewer)\n")
