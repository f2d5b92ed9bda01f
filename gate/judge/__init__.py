"""What a change does: new points, cells and policy to a verdict."""
