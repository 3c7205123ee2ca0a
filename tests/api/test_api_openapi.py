from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator

from api.app import create_app
from api.problems import MEDIA_TYPE
from qc.store.settings import Settings


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_route_describes_itself(document: dict[str, Any]) -> None:
    ids = []
    for name, operation in operations(document):
        ids.append(operation["operationId"])
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["tags"], name
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], f"{name} {parameter['name']}"
        for status, reply in operation["responses"].items():
            assert reply["description"], f"{name} {status}"
            assert "X-Request-Id" in reply["headers"], f"{name} {status}"
            if int(status) >= 400:
                assert list(reply["content"]) == [MEDIA_TYPE], f"{name} {status}"
    assert len(ids) == len(set(ids)) > 15


def test_every_body_and_every_reply_in_json_has_an_example(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for status, reply in operation["responses"].items():
            for media_type, content in reply.get("content", {}).items():
                if media_type.endswith("json"):
                    assert "example" in content, f"{name} {status}"
    bodies = [one["requestBody"]["content"] for _, one in operations(document) if "requestBody" in one]
    assert len(bodies) == 12
    for body in bodies:
        ((media_type, content),) = body.items()
        if media_type == "application/json":
            examples = content.get("examples") or content["schema"].get("examples")
        else:
            examples = content["schema"]["properties"]["metadata"]["examples"]
        assert examples


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    def check(schema: dict[str, Any], example: Any) -> None:
        whole = {**schema, "components": document["components"]}
        Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(example)

    checked = 0
    for _, operation in operations(document):
        for reply in operation["responses"].values():
            for content in reply.get("content", {}).values():
                if "example" in content and "schema" in content:
                    check(content["schema"], content["example"])
                    checked += 1
        for content in operation.get("requestBody", {}).get("content", {}).values():
            schema = content["schema"]
            if "properties" in schema:
                metadata = schema["properties"]["metadata"]
                check(metadata["contentSchema"], metadata["examples"][0])
                checked += 1
            for example in content.get("examples", ()) or schema.get("examples", ()):
                check(schema, example)
                checked += 1
    assert checked > 100


def test_the_quotes_of_the_example_are_where_they_say() -> None:
    from api.examples import INSPECTION  # noqa: PLC0415 - only this test looks inside

    said = INSPECTION["transcript"]["utterances"]
    places = [one for found in INSPECTION["memo"]["evidence"].values() for one in found]
    places += [one for finding in INSPECTION["findings"] for one in finding["evidence"]]
    places += [one for reason in INSPECTION["grade"]["reasons"] for one in reason["evidence"]]
    assert len(places) == 6
    for one in places:
        assert said[one["utterance"]]["text"][one["start"] : one["end"]] == one["quote"]


def test_every_doubt_is_explained(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    told = schemas["UtteranceDocument"]["properties"]["doubt"]["description"]
    assert all(f"``{doubt}``" in told for doubt in schemas["Doubt"]["enum"])


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for name in re.findall(r"#/components/schemas/([\w-]+)", str(document)):
        assert name in document["components"]["schemas"]


def test_no_two_types_share_a_name(document: dict[str, Any]) -> None:
    names = document["components"]["schemas"]
    assert "AppealOutcome" in names
    assert [name for name in names if "__" in name or name.endswith(("-Input", "-Output"))] == []


def test_the_description_teaches_the_habits(document: dict[str, Any]) -> None:
    for subject in ("Authentication", "Sending twice is safe", "Pages", "Errors", "States"):
        assert f"### {subject}" in document["info"]["description"]


def test_the_document_does_not_depend_on_the_installation(settings: Settings, document: dict[str, Any]) -> None:
    assert create_app(settings.model_copy(update={"timezone": "UTC"})).openapi() == document
    assert str(settings.data_dir) not in str(document)
