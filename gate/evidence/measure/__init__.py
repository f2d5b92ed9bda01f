"""Measuring: a spec to a plan, encodes to rows. Runs FFmpeg; knows nothing of proposals, policies or verdicts."""
