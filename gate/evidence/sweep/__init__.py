"""Rows to detectors to cells."""
