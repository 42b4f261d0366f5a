"""Tell which fields of a body were not kept: nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import quote

from pastense.limits import IGNORED_FIELDS_CHARACTERS_MAX
from pastense.service.tally import Tally
from pastense.web.exchange import Header

IGNORED_FIELDS: Final = b"pastense-ignored-fields"
_MORE: Final = "..."


def ignored_headers(
    tally: Tally, workspace: int, body: Mapping[str, object], kept: Collection[str]
) -> tuple[Header, ...]:
    """The header that names the fields of a body that are not among those `kept`, and a count of
    them for the workspace with that number. No header where there are none; a null says nothing
    and so loses nothing.

    To be called once the rest of the body was stored. Names are percent-encoded and parted by
    commas; where they are too long for the header the last one is "...".
    """
    names = [name for name, value in body.items() if name not in kept and value is not None]
    if not names:
        return ()
    tally.add(workspace, "contact_fields_ignored", len(names))
    return ((IGNORED_FIELDS, _joined(names).encode()),)


def _joined(names: list[str]) -> str:
    """As many names as there is room for."""
    room = IGNORED_FIELDS_CHARACTERS_MAX - len(_MORE)
    shown: list[str] = []
    for name in names:
        encoded = quote(name[:IGNORED_FIELDS_CHARACTERS_MAX], safe="")
        room -= len(encoded) + 1
        if room < 0:
            return ",".join([*shown, _MORE])
        shown.append(encoded)
    return ",".join(shown)
