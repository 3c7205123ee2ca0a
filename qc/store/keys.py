"""API keys.

Only a SHA-256 of the secret is kept: with 256 random bits in it there is nothing to guess, and so nothing for a slow
hash to slow down, while every request has to be checked.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from qc.errors import BadInput, NotFound
from qc.store.paging import now
from qc.store.records import KeyRecord
from qc.store.tables import KeyRow

SCOPES: Final = ("ingest", "read", "audio", "review", "appeal", "admin")
PREFIX: Final = "qck"
MAX_NAME: Final = 200


def create_key(session: Session, name: str, scopes: Sequence[str]) -> tuple[KeyRecord, str]:
    """The new key, and its secret ``qck_<id>_<random>``, which cannot be shown again.

    Raises:
        BadInput: ``bad-scope``, ``bad-name``.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise BadInput(
            "bad-scope",
            f"unknown scope {unknown[0]!r}." if unknown else "A key needs a scope.",
            way_out=f"Choose from {', '.join(SCOPES)}.",
            where="scopes",
        )
    if not 0 < len(name.strip()) <= MAX_NAME:
        raise BadInput("bad-name", "A key needs a name of 1 to 200 characters.", where="name")
    key_id = secrets.token_hex(6)
    secret = f"{PREFIX}_{key_id}_{secrets.token_urlsafe(32)}"
    row = KeyRow(
        id=key_id,
        name=name,
        scopes=[scope for scope in SCOPES if scope in scopes],
        secret_hash=_hash(secret),
        created_at=now(),
    )
    session.add(row)
    session.flush()
    return _as_record(row), secret


def authenticate(session: Session, secret: str) -> KeyRecord | None:
    """The key that this secret belongs to, unless it is unknown or revoked."""
    prefix, _, rest = secret.partition("_")
    key_id = rest.partition("_")[0]
    if prefix != PREFIX or not key_id.isalnum():
        return None
    row = session.get(KeyRow, key_id)
    if row is None or row.revoked_at is not None or not hmac.compare_digest(row.secret_hash, _hash(secret)):
        return None
    return _as_record(row)


def list_keys(session: Session) -> tuple[KeyRecord, ...]:
    """All keys, revoked ones too, oldest first."""
    return tuple(_as_record(row) for row in session.scalars(select(KeyRow).order_by(KeyRow.created_at, KeyRow.id)))


def revoke_key(session: Session, key_id: str) -> KeyRecord:
    """The key, of no use from now on.

    Raises:
        NotFound: ``no-such-key``.
    """
    row = session.get(KeyRow, key_id)
    if row is None:
        raise NotFound("no-such-key", f"There is no key {key_id}.")
    row.revoked_at = row.revoked_at or now()
    session.flush()
    return _as_record(row)


def allows(key: KeyRecord, scope: str) -> bool:
    """Whether the key may do this; ``admin`` may do everything."""
    return scope in key.scopes or "admin" in key.scopes


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _as_record(row: KeyRow) -> KeyRecord:
    return KeyRecord(
        id=row.id, name=row.name, scopes=tuple(row.scopes), created_at=row.created_at, revoked_at=row.revoked_at
    )
