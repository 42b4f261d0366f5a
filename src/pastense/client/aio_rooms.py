"""The rooms of the asynchronous client: one line per call."""

from __future__ import annotations

from pastense.client.binding import (
    AsyncRoom,
    async_call,
    async_pages,
    async_raw_call,
    async_raw_page,
)
from pastense.client.calls import contacts, events, many_events, service, tags, users
from pastense.client.calls.users import Person
from pastense.client.options import ClientOptions
from pastense.client.values import Identifier


class AsyncEvents(AsyncRoom[ClientOptions]):
    """Events and their counts."""

    create = async_call(events.create)
    create_many = async_call(many_events.create_many)
    list = async_pages(events.list_)
    summaries = async_call(events.summaries)
    import_summaries = async_call(events.import_summaries)


class AsyncContacts(AsyncRoom[ClientOptions]):
    """People: users and leads."""

    create = async_call(contacts.create)
    upsert = async_call(contacts.upsert)
    get = async_call(contacts.get)
    find = async_call(contacts.find)
    update = async_call(contacts.update)
    delete = async_call(contacts.delete)
    archive = async_call(contacts.archive)
    unarchive = async_call(contacts.unarchive)
    block = async_call(contacts.block)
    merge = async_call(contacts.merge)
    list = async_pages(contacts.list_)
    search = async_pages(contacts.search)


class AsyncTags(AsyncRoom[ClientOptions]):
    """Tags, and who has them."""

    list = async_call(tags.list_)
    create = async_call(tags.create)
    of_contact = async_call(tags.of_contact)
    attach = async_call(tags.attach)
    detach = async_call(tags.detach)


class AsyncUser(AsyncRoom[Person]):
    """One contact, named once: the calls about it."""

    track_event = async_call(users.track_event)
    events = async_pages(users.events)
    summaries = async_call(users.summaries)
    import_summaries = async_call(users.import_summaries)
    contact = async_call(users.contact)


class AsyncUsers(AsyncRoom[ClientOptions]):
    """Contacts that are named once for several calls."""

    def find(
        self,
        *,
        user_id: Identifier | None = None,
        email: str | None = None,
        id: Identifier | None = None,
    ) -> AsyncUser:
        """The contact of that name, for calls about it. Nothing is asked of the server here: a
        contact that is not there is said by the first call about it."""
        return AsyncUser(Person.of(self._context, user_id, email, id), self._transport)


class AsyncRawEvents(AsyncRoom[ClientOptions]):
    """Events and their counts; each call gives the answer as it came, a list its first page."""

    create = async_raw_call(events.create)
    create_many = async_raw_call(many_events.create_many)
    list = async_raw_page(events.list_)
    summaries = async_raw_call(events.summaries)
    import_summaries = async_raw_call(events.import_summaries)


class AsyncRawContacts(AsyncRoom[ClientOptions]):
    """People; each call gives the answer as it came, a list its first page."""

    create = async_raw_call(contacts.create)
    upsert = async_raw_call(contacts.upsert)
    get = async_raw_call(contacts.get)
    find = async_raw_call(contacts.find)
    update = async_raw_call(contacts.update)
    delete = async_raw_call(contacts.delete)
    archive = async_raw_call(contacts.archive)
    unarchive = async_raw_call(contacts.unarchive)
    block = async_raw_call(contacts.block)
    merge = async_raw_call(contacts.merge)
    list = async_raw_page(contacts.list_)
    search = async_raw_page(contacts.search)


class AsyncRawTags(AsyncRoom[ClientOptions]):
    """Tags; each call gives the answer as it came."""

    list = async_raw_call(tags.list_)
    create = async_raw_call(tags.create)
    of_contact = async_raw_call(tags.of_contact)
    attach = async_raw_call(tags.attach)
    detach = async_raw_call(tags.detach)


class AsyncRawUser(AsyncRoom[Person]):
    """One contact, named once; each call gives the answer as it came, a list its first page."""

    track_event = async_raw_call(users.track_event)
    events = async_raw_page(users.events)
    summaries = async_raw_call(users.summaries)
    import_summaries = async_raw_call(users.import_summaries)
    contact = async_raw_call(users.contact)


class AsyncRawUsers(AsyncRoom[ClientOptions]):
    """Contacts that are named once for several calls."""

    def find(
        self,
        *,
        user_id: Identifier | None = None,
        email: str | None = None,
        id: Identifier | None = None,
    ) -> AsyncRawUser:
        """The contact of that name, for calls about it. Nothing is asked of the server here: a
        contact that is not there is said by the first call about it."""
        return AsyncRawUser(Person.of(self._context, user_id, email, id), self._transport)


class AsyncRawClient(AsyncRoom[ClientOptions]):
    """The client's calls, each giving the answer as it came beside what was read from it."""

    me = async_raw_call(service.me)
    request = async_raw_call(service.request)

    @property
    def events(self) -> AsyncRawEvents:
        """Events and their counts."""
        return AsyncRawEvents(self._context, self._transport)

    @property
    def contacts(self) -> AsyncRawContacts:
        """People: users and leads."""
        return AsyncRawContacts(self._context, self._transport)

    @property
    def tags(self) -> AsyncRawTags:
        """Tags, and who has them."""
        return AsyncRawTags(self._context, self._transport)

    @property
    def users(self) -> AsyncRawUsers:
        """Contacts that are named once for several calls."""
        return AsyncRawUsers(self._context, self._transport)
