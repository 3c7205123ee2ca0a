"""``qc evaluate`` and ``qc bench``: how right and how fast, as reports to keep in ``docs/``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from qc.store.settings import Settings
