"""The command line: parse, call, print."""

from sim.cli.main import app, main

__all__ = ["app", "main"]
