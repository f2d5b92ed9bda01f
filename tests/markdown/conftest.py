"""The reports that every format is tested with."""

from __future__ import annotations

from tests.report.conftest import hostile_report, named_report

__all__ = ["hostile_report", "named_report"]
