"""The proposal: git objects to sources, values, operating points and changes. Nothing that is read is executed."""
