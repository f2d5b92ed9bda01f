"""A verdict rendered: text, JSON, Markdown. Pure functions from values to strings."""
