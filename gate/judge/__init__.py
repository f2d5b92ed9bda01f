"""What a change does: new points × cells × policy; check, explain, vet, suggest, refresh."""
