"""`python -m vestibule` is the command `vestibule`."""

from __future__ import annotations

from vestibule.cli import main

if __name__ == "__main__":
    main()
