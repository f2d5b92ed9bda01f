"""A spec to encodes to rows, with FFmpeg and libvmaf, here or on many machines."""
