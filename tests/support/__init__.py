"""What the tests outside src/ share. Standard library only."""
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("DAYBOOK_BUILD", ROOT / "build" / "release")).absolute()
CACHE = ROOT / ".cache"
