"""Which rows of a sweep are kept: design, file, verify, diff, download."""
