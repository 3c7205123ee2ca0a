"""Memory that was freed, given back to the system."""

from __future__ import annotations

import ctypes

_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None)
"""Only glibc has it, and only glibc needs it."""


def give_back_freed() -> None:
    """Nothing; what was freed and lies among what is still held goes back to the system.

    glibc gives back by itself only what lies at a heap's end, or was big enough for a mapping of its own. The matrices
    of a block of sound are neither: after 20 minutes of a recording 280 MiB of a heap of 1,080 were in use. Asking
    costs some 0.1 s; having each matrix mapped by itself (``MALLOC_MMAP_THRESHOLD_``) holds less still, but the system
    then spends a quarter of the time on mapping.
    """
    if _TRIM is not None:
        _TRIM(0)
