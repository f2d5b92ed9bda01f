"""Verdicts as text, JSON, Markdown, SARIF, HTML and figures. Pure functions of values."""
