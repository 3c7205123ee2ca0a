from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Client
from openpyxl import load_workbook
from servers import new_postgres_database
from starlette.testclient import TestClient

from api.app import create_app
from qc.leads.reports import DIMENSIONS, ReportName, columns_of
from qc.store.keys import create_key
from qc.store.settings import Settings

DOCS = Path(__file__).parents[2] / "docs" / "reports.md"


def told(client: TestClient) -> None:
    """Some leads of spring 2026 and what became of them."""
    for number, (source, day, news) in enumerate(
        [("抖音", "02", "ordered"), ("抖音", "31", "lost"), ("抖音", "05", None), ("=到店", "09", "visited")]
    ):
        lead = {"external_id": f"XS-{number}", "at": f"2026-03-{day}T10:00:00+08:00", "source": source}
        assert client.post("/v1/leads", json=lead | {"store": "天河店"}).status_code == 201
        if news is not None:
            body = {"lead": f"XS-{number}", "kind": news, "at": "2026-04-15T10:00:00+08:00"}
            body |= {"reason": "价格"} if news == "lost" else {}
            assert client.post("/v1/outcomes", json=body).status_code == 201


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(request: pytest.FixtureRequest, settings: Settings) -> Iterator[TestClient]:
    if request.param == "postgresql":
        url = new_postgres_database(request.getfixturevalue("postgres_url"))
        settings = settings.model_copy(update={"database_url": url})
    app = create_app(settings)
    with app.state.service.database.writing() as session:
        _, secret = create_key(session, "test", ["ingest", "read"])
    with TestClient(app, headers={"X-API-Key": secret}, raise_server_exceptions=False) as client:
        yield client


def report(client: TestClient, path: str) -> dict[str, Any]:
    reply = client.get(f"/v1/reports/{path}")
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_reports_on_either_database(anywhere: TestClient) -> None:
    told(anywhere)
    sources = report(anywhere, "sources")
    assert [(row["source"], row["leads"], row["ordered"], row["lost"], row["visited"]) for row in sources["rows"]] == [
        ("=到店", 1, 0, 0, 1),
        ("抖音", 3, 1, 1, 0),
    ]
    assert (sources["totals"][0]["leads"], sources["totals"][0]["conversion"]) == (4, 0.25)
    march = report(anywhere, "sources?by=month,store&from=2026-03-05&to=2026-03-30")
    assert [(row["month"], row["store"], row["leads"]) for row in march["rows"]] == [("2026-03", "天河店", 2)]
    assert (march["since"], march["until"]) == ("2026-03-05T00:00:00+08:00", "2026-03-31T00:00:00+08:00")
    assert report(anywhere, "sources?store=别店")["rows"] == []
    assert report(anywhere, "sources?from=2023-03-31&to=2026-03-30")["totals"][0]["leads"] == 3
    refused = anywhere.get("/v1/reports/sources?from=2023-03-30&to=2026-03-30")
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["field"], error["code"]) == (422, "from", "period_too_long")
    stages = {row["stage"]: row for row in report(anywhere, "stages")["totals"]}
    assert (stages["建档→订车"]["entered"], stages["建档→订车"]["left"]) == (4, 1)
    assert stages["O 级"]["staying"] == 1
    grades = report(anywhere, "grades?by=store")
    assert [row["grade"] for row in grades["rows"]] == ["H", "A", "B", "C", "N", "F"]


def test_files_for_spreadsheets(client: TestClient) -> None:
    told(client)
    written = client.get("/v1/reports/sources?format=csv")
    assert written.headers["content-type"] == "text/csv; charset=utf-8"
    assert written.headers["content-disposition"].startswith('attachment; filename="sources-')
    assert written.content.decode("utf-8-sig").splitlines()[1].startswith("'=到店,1,")
    book = client.get("/v1/reports/stages?by=store&format=xlsx")
    assert book.headers["content-type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    sheet = load_workbook(io.BytesIO(book.content)).worksheets[0]
    assert (sheet["A2"].value, sheet["B2"].value) == ("天河店", "H 级")


@pytest.mark.parametrize("query", ["by=x", "by=source,source", "by=", "format=pdf", "from=x", "to=2026-03-40", "x=1"])
def test_what_does_not_fit_is_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/v1/reports/sources?{query}").status_code == 422


def test_other_names_and_scopes(client: TestClient, client_with: Client) -> None:
    assert client.get("/v1/reports/other").status_code == 422
    assert client_with("ingest").get("/v1/reports/sources").status_code == 403


def test_the_docs_say_what_every_column_is() -> None:
    text = DOCS.read_text("utf-8")
    columns = [*DIMENSIONS.values(), *(column for name in ReportName for column in columns_of(name))]
    missing = [column.name for column in columns if f"| `{column.name}` | {column.title} |" not in text]
    assert missing == []
