"""How the documentation is built: `make docs`."""

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
