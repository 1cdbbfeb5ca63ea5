"""Studies made of many runs: comparing, attributing, sweeping, sensitivity."""
