"""What a tree's adapters emit, never executed; the diff of two trees, on the line at fault."""
