"""API keys: only a hash of the secret is kept."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from qc.store.records import KeyRecord

SCOPES = ("ingest", "read", "audio", "admin")


def create_key(session: Session, name: str, scopes: Sequence[str]) -> tuple[KeyRecord, str]:
    """The new key and its secret ``qck_<id>_<random>``, shown once; BadInput ``bad-scope``."""
    ...


def authenticate(session: Session, secret: str) -> KeyRecord | None:
    """The key that this secret belongs to, unless unknown or revoked."""
    ...


def list_keys(session: Session) -> tuple[KeyRecord, ...]:
    """All keys, revoked ones too, oldest first."""
    ...


def revoke_key(session: Session, key_id: str) -> KeyRecord:
    """The key, of no use from now on; NotFound ``no-such-key``."""
    ...


def allows(key: KeyRecord, scope: str) -> bool:
    """Whether the key may do this; ``admin`` may do everything."""
    ...
