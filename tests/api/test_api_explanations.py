from __future__ import annotations

from conftest import Client


def test_why_a_rule_found_nothing_is_told(client_with: Client) -> None:
    client = client_with("ingest", "read")
    turns = [
        {"speaker": "customer", "text": "贷款能过吗"},
        {"speaker": "agent", "text": "我们可不能说贷款包过"},
    ]
    accepted = client.post("/v1/conversations", json={"turns": turns})
    where = f"/v1/recordings/{accepted.json()['id']}/explain"
    explanation = client.get(where, params={"rule": "finance-misleading"}).json()
    assert explanation["findings"] == []
    assert "excused" in {trace["outcome"] for rule in explanation["rules"] for trace in rule["traces"]}
    unknown = client.get(where, params={"rule": "nobody"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no-such-rule")
