"""Reports as one self-contained HTML page: values to a string, with our own styles, scripts and SVG charts inlined."""
