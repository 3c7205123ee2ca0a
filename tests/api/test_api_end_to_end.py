from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from starlette.testclient import TestClient

from api.examples import CONVERSATION
from api.shapes import InspectionShape
from qc.store.settings import Settings

REPOSITORY = Path(__file__).parents[2]


def test_a_conversation_goes_in_and_its_inspection_comes_out(client: TestClient, settings: Settings) -> None:
    path = client.post("/v1/conversations", json=CONVERSATION).headers["location"]
    subprocess.run(
        [sys.executable, "-m", "workers.main", "general", "--burst"],
        env={**os.environ, "QC_DATA_DIR": str(settings.data_dir), "REDIS_URL": settings.redis},
        cwd=REPOSITORY,
        check=True,
        timeout=120,
    )
    recording = client.get(path).json()
    assert (recording["state"], recording["error"]) == ("done", None)
    document = client.get(recording["links"]["inspection"]).json()
    InspectionShape.model_validate(document)
    assert document["id"] == recording["inspection_id"]
    assert "overpromise" in {finding["category"] for finding in document["findings"]}
    assert document["memo"]["appointment"] == {"at": "2026-03-14", "kind": "到店"}
    assert document["grade"]["letter"] in {"H", "A", "B"}  # a visit in two days, and a budget
    assert document["grade"]["reasons"][0]["text"]
    said = document["transcript"]["utterances"]
    for finding in document["findings"]:
        for one in finding["evidence"]:
            assert said[one["utterance"]]["text"][one["start"] : one["end"]] == one["quote"]
    (line,) = client.get("/v1/inspections", params={"flagged": "true", "text": "全广州最低价"}).json()["items"]
    assert line["id"] == document["id"]
    book = client.get("/v1/rulebook").json()
    assert book["version"] == document["made_with"]["rulebook"]
