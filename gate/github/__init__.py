"""The only package that knows GitHub: which commits an event means, and every way to report there."""
