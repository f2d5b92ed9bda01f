"""Values rendered, a module per output format: text, json, markdown, sarif, html/, charts/. Pure functions."""
