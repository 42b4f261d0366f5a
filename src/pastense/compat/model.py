"""What the models have in common: a mapping with attributes, checked where a caller builds it.

Built by a caller, every field is checked, and a field that is missing, unknown or of the wrong
type raises `ApiTypeError` or `ApiValueError` with a sentence. Read from an answer, nothing is
checked: what the server says is kept, fields that nobody foresaw too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from pastense.compat.errors import ApiTypeError
from pastense.compat.values import Json, unset

Check = Callable[[str, Any], Any]
"""Given a field's name and value: the value as it is kept, or an error."""


class Model(Mapping[str, Any]):
    """A mapping of fields that cannot be changed: `model["name"]`, `model.name`,
    `model.get("name")`, equal to any mapping with the same fields."""

    __slots__ = ("_values",)
    _checks: ClassVar[Mapping[str, Check]] = {}
    _required: ClassVar[Sequence[str]] = ()
    _inner: ClassVar[Mapping[str, type[Model]]] = {}
    """Fields whose objects, or lists of objects, are models themselves."""
    _values: dict[str, Any]

    def __init__(self, given: Mapping[str, Any] | None = None, /, **fields: Json) -> None:
        # Keywords that were not given are `unset`, and leave alone what the mapping says.
        named = {name: value for name, value in fields.items() if value is not unset}
        values = {n: v for n, v in self._mapping(given).items() if v is not unset} | named
        self._values = {name: self._checked(name, value) for name, value in values.items()}
        self._check_whole()

    @classmethod
    def from_answer(cls, data: Mapping[str, Any]) -> Self:
        """The model of a decoded JSON object, as it is."""
        model = cls.__new__(cls)
        values = {name: cls._read(name, value) for name, value in data.items()}
        object.__setattr__(model, "_values", values)
        return model

    @classmethod
    def _read(cls, name: str, value: Json) -> Json:
        inner = cls._inner.get(name)
        if inner is not None and isinstance(value, list):
            return [inner.from_answer(v) if isinstance(v, dict) else v for v in value]
        if inner is not None and isinstance(value, dict):
            return inner.from_answer(value)
        return value

    def _checked(self, name: str, value: Json) -> Json:
        check = self._checks.get(name)
        if check is None:
            known = ", ".join(self._checks)
            raise ApiTypeError(
                f"{type(self).__name__} has no field {name!r}; it has {known}. "
                "A dict as the body is sent as it is, with whatever fields"
            )
        return check(name, value)

    def _mapping(self, given: object) -> Mapping[str, Any]:
        if given is None:
            return {}
        if isinstance(given, Mapping):
            return given
        raise ApiTypeError(f"{type(self).__name__} takes keywords or one mapping of fields")

    def _check_whole(self) -> None:
        missing = [name for name in self._required if name not in self._values]
        if missing:
            raise self._lacks(" and ".join(missing))

    def _lacks(self, what: str) -> ApiTypeError:
        return ApiTypeError(f"{type(self).__name__} needs {what}")

    def get_item_oapg(self, name: str) -> Json:
        """The field's value, `unset` where it is not there: the generated SDK's own `get`."""
        return self._values.get(name, unset)

    def __getattr__(self, name: str) -> Json:
        if not name.startswith("_") and name in self._values:
            return self._values[name]
        raise AttributeError(f"{type(self).__name__} has no {name!r} here; .get({name!r}) is None")

    def __getitem__(self, name: str) -> Json:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return self._values == dict(other)

    __hash__ = None  # type: ignore[assignment]  # Metadata is a dict, which has none.

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self._values.items())
        return f"{type(self).__name__}({fields})"
