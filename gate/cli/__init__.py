"""The terminal: one module per command, nothing but options in and a result out."""
