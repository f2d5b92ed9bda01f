"""A small evaluator of Python over its syntax tree: a closed world that computes what adapters emit, and runs none."""
