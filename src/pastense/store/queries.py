"""Read named SQL statements from .sql files: `-- name: words` begins each one."""

from __future__ import annotations

from importlib.resources import files


class Queries:
    """The statements of one .sql file, looked up by name; an unknown name is a KeyError."""

    def __init__(self, package: str, filename: str) -> None:
        text = files(package).joinpath(filename).read_text("utf-8")
        self._statements = dict(_named_statements(text))

    def __getitem__(self, name: str) -> str:
        return self._statements[name]

    def names(self) -> list[str]:
        """All names, in the order of the file."""
        return list(self._statements)


def _named_statements(text: str) -> list[tuple[str, str]]:
    blocks = text.split("-- name: ")[1:]
    return [
        (block.partition("\n")[0].strip(), block.partition("\n")[2].strip()) for block in blocks
    ]
