from __future__ import annotations

import pytest
from sqlalchemy import select

from qc.errors import BadInput, NotFound
from qc.store.database import Database
from qc.store.keys import SCOPES, allows, authenticate, create_key, list_keys, revoke_key
from qc.store.tables import KeyRow


def test_a_secret_opens_its_own_key_only(database: Database) -> None:
    with database.writing() as session:
        first, secret = create_key(session, "CRM", ["read", "ingest"])
        second, other = create_key(session, "QA", ["admin"])
    with database.reading() as session:
        assert authenticate(session, secret) == first
        assert authenticate(session, other) == second
        assert [key.name for key in list_keys(session)] == ["CRM", "QA"]
        swapped = secret.replace(first.id, second.id)
        for wrong in ("", "qck", "qck__", f"qck_{first.id}_", secret[:-1], secret + "x", swapped, "Bearer " + secret):
            assert authenticate(session, wrong) is None


def test_scopes_are_kept_in_one_order_and_admin_may_do_everything(database: Database) -> None:
    with database.writing() as session:
        reader, _ = create_key(session, "a", ["read", "ingest", "read"])
        admin, _ = create_key(session, "b", ["admin"])
    assert reader.scopes == ("ingest", "read")
    assert allows(reader, "read")
    assert not allows(reader, "audio")
    assert all(allows(admin, scope) for scope in SCOPES)


def test_the_secret_is_nowhere_in_the_database(database: Database) -> None:
    with database.writing() as session:
        _, secret = create_key(session, "a", ["read"])
        row = session.scalars(select(KeyRow)).one()
        kept = " ".join(str(getattr(row, column.key)) for column in KeyRow.__table__.columns)
    assert secret.startswith("qck_")
    assert secret not in kept
    assert secret.split("_", 2)[2] not in kept


def test_a_revoked_key_opens_nothing(database: Database) -> None:
    with database.writing() as session:
        key, secret = create_key(session, "a", ["read"])
        revoked = revoke_key(session, key.id)
        assert revoke_key(session, key.id).revoked_at == revoked.revoked_at
    with database.reading() as session:
        assert authenticate(session, secret) is None
        assert list_keys(session)[0].revoked_at is not None
        with pytest.raises(NotFound):
            revoke_key(session, "nobody")


@pytest.mark.parametrize(
    ("name", "scopes", "code"),
    [
        ("a", ["root"], "bad-scope"),
        ("a", [], "bad-scope"),
        (" ", ["read"], "bad-name"),
        ("a" * 201, ["read"], "bad-name"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(name: str, scopes: list[str], code: str, database: Database) -> None:
    with database.writing() as session, pytest.raises(BadInput) as caught:
        create_key(session, name, scopes)
    assert caught.value.code == code
