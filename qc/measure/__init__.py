"""How right and how fast: evaluation against annotated calls, and benchmarks."""
