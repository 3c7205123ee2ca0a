from __future__ import annotations

import re

from fastapi import FastAPI
from starlette.testclient import TestClient


def test_the_reference_reads_without_a_key_and_without_the_internet(app: FastAPI) -> None:
    reply = TestClient(app).get("/docs")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<script" not in reply.text
    assert re.findall(r'(?:src|href)="?([^"> ]+)', reply.text) == ["openapi.json"]
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_reference_has_every_operation_and_every_chapter(app: FastAPI) -> None:
    page = TestClient(app).get("/docs").text
    for operations in app.openapi()["paths"].values():
        for operation in operations.values():
            assert f"<section id={operation['operationId']}>" in page
    for chapter in re.findall(r"### (.*)", app.openapi()["info"]["description"]):
        assert f"<h3>{chapter}</h3>" in page
    assert "###" not in page
    assert "```" not in page
