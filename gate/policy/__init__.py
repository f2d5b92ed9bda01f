"""The policy: the YAML file, selectors, waivers, and what they make of a point's evidence."""
