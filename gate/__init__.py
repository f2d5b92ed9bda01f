"""codec-gate: a required status check that keeps bad encoder defaults from shipping."""

__version__ = "0.1.0"
