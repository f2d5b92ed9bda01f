"""The terminal's commands, a module per group; `gate.cli` registers them. What a command needs, it imports when run."""
