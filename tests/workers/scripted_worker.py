"""Runs a speech worker that hears slowly, as the settings of its environment say: ``scripted_worker.py SECONDS``."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from recognisers import ScriptedRecogniser, taking_its_time

from qc.store.settings import Settings
from workers.main import run

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    run("speech", Settings.read(), recogniser=ScriptedRecogniser(meanwhile=taking_its_time(float(sys.argv[1]))))
