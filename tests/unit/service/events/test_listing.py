"""Read one contact's events and summaries (decisions.md "Reading"), on a real store."""

from __future__ import annotations

import pytest

from pastense.errors import ApiError
from pastense.identity import event_ticks
from pastense.model import Contact, Summary, WritePolicy
from pastense.service.events.listing import EventPage, find_contact, read_page, read_summaries
from tests.unit.support import DAY_S, NOW, new_event, refusal, share_emails


@pytest.fixture
def user(store, workspace) -> Contact:
    """The user "u1"."""
    return store.contacts.create(workspace, {"external_id": "u1", "email": "Wash@b.de"}, NOW)


@pytest.fixture
def read(store, user):
    """Read a page of the user's events."""

    def call(per_page: int = 2, **given: object) -> EventPage:
        asked = {"before": None, "since": None, "now": NOW, "window_days": 90} | given
        return read_page(store, user, per_page=per_page, **asked)

    return call


@pytest.fixture
def did(store, user):
    """Record events of the user by (name, second)."""

    def call(*events: tuple[str, int]) -> None:
        group = [new_event("u1", name=name, created_at=at) for name, at in events]
        store.events.write(group, WritePolicy(NOW))

    return call


def shown(page: EventPage) -> list[tuple[str, int]]:
    """(name, second) of each event of a page."""
    return [(event.name, event.created_at) for event in page.events]


def test_events_come_newest_first_and_by_slot_within_a_second(did, read):
    did(("b", NOW), ("a", NOW - 5), ("a", NOW))
    assert shown(read(per_page=9)) == [("a", NOW), ("b", NOW), ("a", NOW - 5)]


def test_pages_follow_each_other_without_gap_or_repetition(did, read):
    did(*((name, NOW - second) for name in "abc" for second in range(3)))
    seen, before = [], None
    for _ in range(5):
        page = read(per_page=2, before=before)
        seen += shown(page)
        before = page.next_before
    assert before is None
    assert seen == [(name, NOW - second) for second in range(3) for name in "cba"]


def test_the_cursors_of_a_page(did, read):
    did(("a", NOW), ("b", NOW), ("c", NOW))
    page = read(per_page=2)
    assert page.next_before == event_ticks(NOW, 1)
    assert page.since == event_ticks(NOW, 2)
    assert read(per_page=3).next_before is None, "a full last page has no next"


def test_before_and_since_are_exclusive_and_may_be_combined(did, read):
    did(*(("a", NOW - second) for second in range(5)))
    page = read(9, before=event_ticks(NOW - 1, 0), since=event_ticks(NOW - 4, 0))
    assert shown(page) == [("a", NOW - 2), ("a", NOW - 3)]


def test_an_empty_page_gives_its_since_back(did, read):
    did(("a", NOW))
    since = event_ticks(NOW, 0)
    page = read(since=since)
    assert (shown(page), page.next_before, page.since) == ([], None, since)
    assert read(before=1).since == 0


def test_the_window_is_counted_from_now(did, read):
    edge = NOW - 90 * DAY_S
    did(("a", edge), ("a", edge + 1), ("a", NOW))
    assert shown(read(9)) == [("a", NOW), ("a", edge + 1)]
    assert shown(read(9, now=NOW + 1)) == [("a", NOW)]
    assert shown(read(9, window_days=0)) == [("a", NOW), ("a", edge + 1), ("a", edge)]
    assert shown(read(9, window_days=91)) == shown(read(9, window_days=0))


def test_no_window_shows_the_first_second_of_1970(did, read):
    did(("a", 0))
    assert shown(read(window_days=0)) == [("a", 0)]


def test_summaries_count_everything_also_outside_of_the_window(did, store, user):
    did(("b", 0), ("b", NOW), ("a", 5))
    assert read_summaries(store, user) == [Summary("a", 1, 5, 5), Summary("b", 2, 0, NOW)]


def test_a_contact_is_found_by_each_identifier(store, workspace, user):
    for identifier in (
        ("intercom_user_id", "id", user.id),
        ("user_id", "user_id", "u1"),
        ("email", "email", "wASH@B.de"),
    ):
        assert find_contact(store, workspace, [identifier]) == user


def test_several_identifiers_of_one_contact_are_fine(store, workspace, user):
    identifiers = [
        ("intercom_user_id", "id", user.id),
        ("user_id", "user_id", "u1"),
        ("email", "email", "wash@b.de"),
    ]
    assert find_contact(store, workspace, identifiers) == user


def test_identifiers_of_different_contacts_are_refused(store, workspace, user):
    other = store.contacts.create(workspace, {"external_id": "u2", "email": "z@b.de"}, NOW)
    for name, kind, value in (("user_id", "user_id", "u2"), ("email", "email", "z@b.de")):
        identifiers = [("intercom_user_id", "id", user.id), (name, kind, value)]
        found = refusal(find_contact, store, workspace, identifiers)
        assert found == (400, "parameter_invalid", name)
    assert find_contact(store, workspace, [("id", "id", other.id)]) == other


@pytest.mark.parametrize(
    ("name", "kind"), [("intercom_user_id", "id"), ("user_id", "user_id"), ("email", "email")]
)
def test_nobody_is_not_found_by_the_name_that_was_sent(store, workspace, user, name, kind):
    unknown = (name, kind, "nobody")
    assert refusal(find_contact, store, workspace, [unknown]) == (404, "not_found", name)
    known = ("user_id", "user_id", "u1")
    assert refusal(find_contact, store, workspace, [known, unknown]) == (404, "not_found", name)


def test_an_archived_contact_can_still_be_read(store, workspace, user):
    store.contacts.set_archived(workspace, user.id, True, NOW)
    assert find_contact(store, workspace, [("user_id", "user_id", "u1")]).id == user.id
    assert find_contact(store, workspace, [("email", "email", "wash@b.de")]).id == user.id


def test_an_email_names_users_only(store, workspace, user):
    lead = store.contacts.create(workspace, {"role": "lead", "email": "l@b.de"}, NOW)
    email = ("email", "email", "l@b.de")
    assert refusal(find_contact, store, workspace, [email]) == (404, "not_found", "email")
    by_id = ("intercom_user_id", "id", lead.id)
    assert find_contact(store, workspace, [by_id]) == lead
    assert refusal(find_contact, store, workspace, [by_id, email]) == (404, "not_found", "email")


def test_an_email_of_several_users_is_a_conflict_in_intercoms_words(
    store, workspace, user, tmp_path
):
    other = store.contacts.create(workspace, {"external_id": "u2", "email": "z@b.de"}, NOW)
    share_emails(tmp_path / "pastense.db")
    email = ("email", "email", "a@b.de")
    words = (
        r"^Multiple existing users match this email address a@b\.de - "
        r"must be more specific using user_id$"
    )
    with pytest.raises(ApiError, match=words) as caught:
        find_contact(store, workspace, [email])
    assert (caught.value.status, caught.value.refusals[0].field) == (409, "email")
    assert find_contact(store, workspace, [("id", "id", user.id), email]).id == user.id
    store.contacts.set_archived(workspace, user.id, True, NOW)
    assert find_contact(store, workspace, [email]).id == other.id
