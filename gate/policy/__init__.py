"""The YAML that a project pins: schema, tightening, ship-blockers, waivers."""
