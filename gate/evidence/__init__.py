"""Evidence: sweep files to columns, to regressions, to cells, to samples."""
