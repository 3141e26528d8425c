"""How the documentation is built: `make docs`."""

import importlib
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent

project = "coserver"
author = "the authors of coserver"
release = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3
html_theme = "furo"
html_title = "coserver"
html_copy_source = False
nitpicky = True

# The rule book is made from the tests each time, so that it never says what no test holds.
sys.path.insert(0, str(Path(__file__).parent))
rules = importlib.import_module("rules")
(ROOT / "docs/rules.md").write_text(rules.page(), encoding="utf-8")
del rules
