"""Reading lexicon files, so that a mistake is named by file, rule and field, with the way out."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import regex
import yaml
from pydantic import BaseModel, ValidationError

from qc.errors import BadRulebook, first_of
from qc.rulebook.advice import about_field, about_yaml

Model = TypeVar("Model", bound=BaseModel)

_ID = regex.compile(r"^\s*-\s*id\s*[:：]\s*['\"]?([^\s'\"#]+)")
_WIDE_COLON = regex.compile(r"^\s*(?:-\s*)?[a-z_]+：")


class _StrictLoader(yaml.CSafeLoader):
    """Plain YAML, but a key written twice is an error instead of a silent overwrite."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - the library's signature
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands here twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file.

    Raises:
        BadRulebook: if the file is missing, not UTF-8 or not YAML, or a key stands twice in one mapping.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        way_out = f"请把文件 {path.name} 放回词库文件夹；随版本带的词库里有一份。"
        raise BadRulebook("bad-rulebook", "the file is missing", where=path.name, way_out=way_out) from error
    except OSError as error:
        way_out = "请检查文件的读取权限，以及它是不是一个文件夹。"
        raise BadRulebook("bad-rulebook", f"cannot be read: {error}", where=path.name, way_out=way_out) from error
    except UnicodeDecodeError as error:
        way_out = "请用编辑器另存为 UTF-8 编码（记事本：另存为，编码选 UTF-8）。"
        raise BadRulebook("bad-rulebook", f"not readable as YAML: {error}", where=path.name, way_out=way_out) from error
    try:
        return yaml.load(text, _StrictLoader)  # noqa: S506 - a subclass of the safe loader
    except yaml.YAMLError as error:
        raise _not_yaml(path, text, error) from error
    except RecursionError as error:
        way_out = "括号或缩进套得太深，请照 lexicons/README.md 里的例子写。"
        raise BadRulebook("bad-rulebook", "nested too deeply", where=path.name, way_out=way_out) from error


def _not_yaml(path: Path, text: str, error: yaml.YAMLError) -> BadRulebook:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    lines = text.splitlines()
    at = min(mark.line, max(len(lines) - 1, 0)) if mark else 0
    if at and _WIDE_COLON.match(lines[at - 1]) and not _WIDE_COLON.match(lines[at]):
        at -= 1  # noticed only at the next line
    line = lines[at] if lines else ""
    above = (match.group(1) for each in reversed(lines[: at + 1]) if (match := _ID.match(each)))
    rule = next(above, "")
    said = ", ".join(str(part) for part in (getattr(error, "context", ""), getattr(error, "problem", "")) if part)
    return BadRulebook(
        "bad-rulebook",
        f"not readable as YAML: line {at + 1}: {said or error}" + (f", near {line.strip()!r}" if line.strip() else ""),
        where=":".join(part for part in (path.name, rule) if part),
        way_out=f"第 {at + 1} 行：" + about_yaml(said, line),
    )


def fit(content: Any, model: type[Model], *, where: str) -> Model:
    """The content as a model.

    Raises:
        BadRulebook: naming ``where`` and the first field that does not fit; ``also`` has the others.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        mistakes = []
        for each in error.errors():
            field = ".".join(str(part) for part in each["loc"])
            mistakes.append(
                BadRulebook(
                    "bad-rulebook",
                    each["msg"],
                    where=f"{where}:{field}" if field else where,
                    way_out=about_field(each, model.model_fields),
                )
            )
        raise first_of(mistakes) from error
