from __future__ import annotations

import pytest
from conftest import Client
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.openapi import describe
from qc.store.keys import SCOPES

OPEN = {"/healthz", "/readyz"}
SECRET = {"/v1/calendars/{token}.ics"}
"""What the address alone opens; a wrong one tells nothing."""


def test_nothing_but_health_answers_without_a_key(app: FastAPI) -> None:
    anyone = TestClient(app, raise_server_exceptions=False)
    asked = 0
    for path, operations in app.openapi()["paths"].items():
        for method in operations:
            reply = anyone.request(method, path.replace("{recording_id}", "rec_x").replace("{inspection_id}", "ins_x"))
            assert (reply.status_code == 200) == (path in OPEN), f"{method} {path}: {reply.status_code}"
            if path in SECRET:
                assert (reply.status_code, reply.json()["code"]) == (404, "no-such-calendar")
            elif path not in OPEN:
                assert reply.status_code == 401
                assert method == "head" or reply.json()["code"] == "key-missing"
                assert reply.headers["www-authenticate"].startswith("Bearer")
                asked += 1
    assert asked > 15


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer qck_abc_wrong"},
        {"Authorization": "Bearer x"},
        {"Authorization": "Bearer qck_"},
        {"Authorization": b"Bearer qck_\xff_\xff"},
        {"X-API-Key": "nonsense"},
    ],
)
def test_an_unknown_key_is_refused(app: FastAPI, headers: dict[str, str]) -> None:
    reply = TestClient(app).get("/v1/recordings", headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (401, "key-unknown")
    assert 'error="invalid_token"' in reply.headers["www-authenticate"]


@pytest.mark.parametrize("headers", [{"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}, {"X-API-Key": ""}])
def test_another_way_of_identifying_is_none(app: FastAPI, headers: dict[str, str]) -> None:
    reply = TestClient(app).get("/v1/recordings", headers=headers)
    assert (reply.status_code, reply.json()["code"]) == (401, "key-missing")


def test_a_key_is_taken_from_either_header(client_with: Client, app: FastAPI) -> None:
    secret = client_with("read").headers["authorization"].removeprefix("Bearer ")
    for headers in ({"X-API-Key": secret}, {"Authorization": f"bearer {secret}"}):
        assert TestClient(app).get("/v1/recordings", headers=headers).status_code == 200


def test_each_route_asks_for_the_scope_it_documents(client_with: Client, app: FastAPI) -> None:
    clients = {scope: client_with(scope) for scope in SCOPES}
    for path, operations in describe(app, ())["paths"].items():
        for method, operation in operations.items():
            if path in OPEN | SECRET:
                continue
            (scope,) = operation["security"][0]["bearer"]
            address = path.replace("{recording_id}", "rec_x").replace("{inspection_id}", "ins_x")
            for holds, client in clients.items():
                reply = client.request(method, address.replace("{key_id}", "x"))
                expected = holds in {scope, "admin"}
                assert (reply.status_code != 403) == expected, f"{method} {path} with {holds}: {reply.status_code}"
                if not expected:
                    assert f'scope="{scope}"' in reply.headers["www-authenticate"]


def test_keys_are_made_listed_and_revoked(client_with: Client, app: FastAPI) -> None:
    admin = client_with("admin")
    made = admin.post("/v1/keys", json={"name": "CRM", "scopes": ["read", "ingest"]})
    assert made.status_code == 201
    assert made.json()["scopes"] == ["ingest", "read"]
    secret = made.json()["secret"]
    assert secret.startswith(f"qck_{made.json()['id']}_")
    user = TestClient(app, headers={"X-API-Key": secret})
    assert user.get("/v1/recordings").status_code == 200
    listed = admin.get("/v1/keys")
    assert [one["name"] for one in listed.json()["items"]] == ["test", "CRM"]
    assert secret not in listed.text
    assert "secret" not in listed.json()["items"][1]
    assert admin.delete(f"/v1/keys/{made.json()['id']}").status_code == 204
    assert user.get("/v1/recordings").status_code == 401
    assert admin.get("/v1/keys").json()["items"][1]["revoked_at"] is not None
    assert admin.delete("/v1/keys/none").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["root"]},
        {"name": "", "scopes": ["read"]},
        {"name": " ", "scopes": ["read"]},
        {"name": "a\x00", "scopes": ["read"]},
        {"name": "x", "scopes": ["read"], "admin": True},
        {"name": "x"},
    ],
)
def test_a_bad_key_is_refused(client_with: Client, body: object) -> None:
    admin = client_with("admin")
    assert admin.post("/v1/keys", json=body).status_code == 422
    assert len(admin.get("/v1/keys").json()["items"]) == 1
