"""The ``oko`` command: thin, Russian, never a traceback."""

from oko_lib.cli.main import main

__all__ = ["main"]
