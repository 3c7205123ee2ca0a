"""The OpenAPI document as a page to read.

Rendered here rather than by Swagger UI or ReDoc: those load their scripts from a public CDN, which dealers' networks
often cannot reach, and which would run in the page where an API key is typed in. This page needs neither.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --quiet: #8881; }
body { font: 16px/1.55 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; max-width: 60rem; margin: 2rem auto;
       padding: 0 1rem; }
h2 { margin-top: 3rem; border-bottom: 1px solid var(--line); }
pre { background: var(--quiet); padding: .7rem; overflow-x: auto; border-radius: .3rem; }
code { font: .9em/1.45 ui-monospace, Consolas, monospace; }
section { border: 1px solid var(--line); border-radius: .4rem; padding: 0 1rem .6rem; margin: 1rem 0; }
h3 b { display: inline-block; min-width: 4.5rem; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; overflow-wrap: anywhere; }
code { overflow-wrap: anywhere; }
td { border-top: 1px solid var(--line); padding: .3rem .6rem .3rem 0; vertical-align: top; }
"""


@router.get("/docs")
def reference(request: Request) -> HTMLResponse:
    """The page. It holds no data, so it needs no key; it may load and run nothing."""
    page = "".join(_page(request.app.openapi()))
    return HTMLResponse(page, headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"})


def _page(document: Mapping[str, Any]) -> Iterator[str]:
    info = document["info"]
    yield f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(info['title'])}</title>"
    yield '<meta name=viewport content="width=device-width, initial-scale=1">'
    yield f"<style>{STYLE}</style><h1>{escape(info['title'])} <small>{escape(info['version'])}</small></h1>"
    yield _prose(info["description"])
    yield '<p>For programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>'
    for tag in document["tags"]:
        yield f"<h2 id={tag['name']}>{escape(tag['name'])}</h2>{_prose(tag['description'])}"
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if tag["name"] in operation["tags"]:
                    yield from _operation(method, path, operation)


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    scopes = sorted({scope for one in operation.get("security", ()) for scopes in one.values() for scope in scopes})
    yield f"<section id={operation['operationId']}>"
    yield f"<h3><b>{method.upper()}</b> <code>{escape(path)}</code></h3>"
    yield f"<p>{escape(operation['summary'])}" + (
        f" · scope <code>{', '.join(scopes)}</code></p>" if scopes else "</p>"
    )
    yield _prose(operation["description"])
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code><td>{one['in']}<td>{_prose(one['description'])}"
        for one in operation.get("parameters", ())
    )
    yield f"<table>{rows}</table>" if rows else ""
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        parts = content["schema"].get("properties", {})
        fields = {name: part.get("examples", [part["description"]])[0] for name, part in parts.items()}
        yield f"<p>Body, <code>{media_type}</code>:</p>{_json(content.get('examples', [fields])[0])}"
    for status, reply in operation["responses"].items():
        yield f"<details><summary>{status} {escape(reply['description'])}</summary>"
        for media_type, content in reply.get("content", {}).items():
            yield f"<p><code>{media_type}</code></p>" + (_json(content["example"]) if "example" in content else "")
        yield "</details>"
    yield "</section>"


def _json(value: Any) -> str:
    return f"<pre><code>{escape(json.dumps(value, ensure_ascii=False, indent=1))}</code></pre>"


def _prose(text: str) -> str:
    """The little Markdown that our descriptions use: headings, code, emphasis, paragraphs."""
    blocks = re.split(r"```\n(.*?)```", text, flags=re.DOTALL)
    return "".join(
        f"<pre><code>{escape(block)}</code></pre>" if number % 2 else "".join(map(_paragraph, block.split("\n\n")))
        for number, block in enumerate(blocks)
    )


def _paragraph(text: str) -> str:
    heading = re.match(r"\s*### (.*)\n?", text)
    rest = text[heading.end() :] if heading else text
    marked = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(rest.strip())))
    return (f"<h3>{escape(heading[1])}</h3>" if heading else "") + (f"<p>{marked}</p>" if marked else "")
