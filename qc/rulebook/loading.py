"""Reading lexicon files, so that a mistake is named by file, rule and field."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from qc.errors import BadRulebook

Model = TypeVar("Model", bound=BaseModel)


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
        with path.open(encoding="utf-8") as file:
            return yaml.load(file, _StrictLoader)  # noqa: S506 - a subclass of the safe loader
    except FileNotFoundError as error:
        raise BadRulebook("bad-rulebook", "the file is missing", where=path.name) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadRulebook("bad-rulebook", f"not readable as YAML: {error}", where=path.name) from error


def fit(content: Any, model: type[Model], *, where: str) -> Model:
    """The content as a model.

    Raises:
        BadRulebook: naming ``where`` and the field that does not fit.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise BadRulebook(
            "bad-rulebook", f"{first['msg']}{more}", where=f"{where}:{field}" if field else where
        ) from error
