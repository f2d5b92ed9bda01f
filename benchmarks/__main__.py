"""`make bench`: every figure beside what it is measured against, in one run."""

from benchmarks import check, sweep

check.main()
print()
sweep.main([])
