"""Freed memory goes back to the system."""

import ctypes

import pytest

from qc.measure.memory import resident_mib
from qc.speech.allocator import give_back_freed

CHUNK = 64 * 1024
CHUNKS = 1024


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc keeps what was freed")
def test_memory_freed_below_something_held_goes_back() -> None:
    chunks = [bytearray(b"\xff" * CHUNK) for _ in range(CHUNKS)]  # too small for mappings of their own
    held = chunks[::32]
    full_mib = resident_mib()
    del chunks

    give_back_freed()

    assert resident_mib() < full_mib - CHUNK * CHUNKS / 2**20 / 2
    assert all(chunk[-1] == 0xFF for chunk in held)
