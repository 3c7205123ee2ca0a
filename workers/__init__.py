"""The back door, where nobody waits: hearing recordings, inspecting them, and finding what was left undone."""
