"""The rooms of the synchronous client: one line per call."""

from __future__ import annotations

from pastense.client.binding import (
    SyncRoom,
    sync_call,
    sync_pages,
    sync_raw_call,
    sync_raw_page,
)
from pastense.client.calls import contacts, events, many_events, service, tags, users
from pastense.client.calls.users import Person
from pastense.client.options import ClientOptions
from pastense.client.values import Identifier


class Events(SyncRoom[ClientOptions]):
    """Events and their counts."""

    create = sync_call(events.create)
    create_many = sync_call(many_events.create_many)
    list = sync_pages(events.list_)
    summaries = sync_call(events.summaries)
    import_summaries = sync_call(events.import_summaries)


class Contacts(SyncRoom[ClientOptions]):
    """People: users and leads."""

    create = sync_call(contacts.create)
    upsert = sync_call(contacts.upsert)
    get = sync_call(contacts.get)
    find = sync_call(contacts.find)
    update = sync_call(contacts.update)
    delete = sync_call(contacts.delete)
    archive = sync_call(contacts.archive)
    unarchive = sync_call(contacts.unarchive)
    block = sync_call(contacts.block)
    merge = sync_call(contacts.merge)
    list = sync_pages(contacts.list_)
    search = sync_pages(contacts.search)


class Tags(SyncRoom[ClientOptions]):
    """Tags, and who has them."""

    list = sync_call(tags.list_)
    create = sync_call(tags.create)
    of_contact = sync_call(tags.of_contact)
    attach = sync_call(tags.attach)
    detach = sync_call(tags.detach)


class User(SyncRoom[Person]):
    """One contact, named once: the calls about it."""

    track_event = sync_call(users.track_event)
    events = sync_pages(users.events)
    summaries = sync_call(users.summaries)
    import_summaries = sync_call(users.import_summaries)
    contact = sync_call(users.contact)


class Users(SyncRoom[ClientOptions]):
    """Contacts that are named once for several calls."""

    def find(
        self,
        *,
        user_id: Identifier | None = None,
        email: str | None = None,
        id: Identifier | None = None,
    ) -> User:
        """The contact of that name, for calls about it. Nothing is asked of the server here: a
        contact that is not there is said by the first call about it."""
        return User(Person.of(self._context, user_id, email, id), self._transport)


class RawEvents(SyncRoom[ClientOptions]):
    """Events and their counts; each call gives the answer as it came, a list its first page."""

    create = sync_raw_call(events.create)
    create_many = sync_raw_call(many_events.create_many)
    list = sync_raw_page(events.list_)
    summaries = sync_raw_call(events.summaries)
    import_summaries = sync_raw_call(events.import_summaries)


class RawContacts(SyncRoom[ClientOptions]):
    """People; each call gives the answer as it came, a list its first page."""

    create = sync_raw_call(contacts.create)
    upsert = sync_raw_call(contacts.upsert)
    get = sync_raw_call(contacts.get)
    find = sync_raw_call(contacts.find)
    update = sync_raw_call(contacts.update)
    delete = sync_raw_call(contacts.delete)
    archive = sync_raw_call(contacts.archive)
    unarchive = sync_raw_call(contacts.unarchive)
    block = sync_raw_call(contacts.block)
    merge = sync_raw_call(contacts.merge)
    list = sync_raw_page(contacts.list_)
    search = sync_raw_page(contacts.search)


class RawTags(SyncRoom[ClientOptions]):
    """Tags; each call gives the answer as it came."""

    list = sync_raw_call(tags.list_)
    create = sync_raw_call(tags.create)
    of_contact = sync_raw_call(tags.of_contact)
    attach = sync_raw_call(tags.attach)
    detach = sync_raw_call(tags.detach)


class RawUser(SyncRoom[Person]):
    """One contact, named once; each call gives the answer as it came, a list its first page."""

    track_event = sync_raw_call(users.track_event)
    events = sync_raw_page(users.events)
    summaries = sync_raw_call(users.summaries)
    import_summaries = sync_raw_call(users.import_summaries)
    contact = sync_raw_call(users.contact)


class RawUsers(SyncRoom[ClientOptions]):
    """Contacts that are named once for several calls."""

    def find(
        self,
        *,
        user_id: Identifier | None = None,
        email: str | None = None,
        id: Identifier | None = None,
    ) -> RawUser:
        """The contact of that name, for calls about it. Nothing is asked of the server here: a
        contact that is not there is said by the first call about it."""
        return RawUser(Person.of(self._context, user_id, email, id), self._transport)


class RawClient(SyncRoom[ClientOptions]):
    """The client's calls, each giving the answer as it came beside what was read from it."""

    me = sync_raw_call(service.me)
    request = sync_raw_call(service.request)

    @property
    def events(self) -> RawEvents:
        """Events and their counts."""
        return RawEvents(self._context, self._transport)

    @property
    def contacts(self) -> RawContacts:
        """People: users and leads."""
        return RawContacts(self._context, self._transport)

    @property
    def tags(self) -> RawTags:
        """Tags, and who has them."""
        return RawTags(self._context, self._transport)

    @property
    def users(self) -> RawUsers:
        """Contacts that are named once for several calls."""
        return RawUsers(self._context, self._transport)
