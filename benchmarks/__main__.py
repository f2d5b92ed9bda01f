"""`make bench`: every figure beside what it is measured against, in one run, on the machine and day that it names."""

import datetime as dt
import os
import platform
from pathlib import Path

from benchmarks import check, sweep

cpu = Path("/proc/cpuinfo")
lines = cpu.read_text().splitlines() if cpu.exists() else []
models = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
today = dt.datetime.now(dt.UTC).date()
machine = f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores"
print(f"{today}, {machine}{load}, Python {platform.python_version()}")
print()
check.main()
print()
sweep.main([])
