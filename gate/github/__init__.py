"""The action: an event in, commits, a verdict reported in every way; the only place that knows GitHub."""
