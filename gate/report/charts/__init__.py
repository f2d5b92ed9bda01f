"""Charts as Vega-Lite specifications: plain values, made by pure functions, drawn elsewhere."""
