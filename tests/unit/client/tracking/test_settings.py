"""The options of a tracker are checked when it is made."""

from __future__ import annotations

import pytest

from pastense.client.tracking.tracker import Tracker

URL, TOKEN = "http://127.0.0.1:9", "secret"


def test_the_policy_without_a_word(tmp_path):
    assert Tracker(TOKEN, base_url=URL)._settings.when_full == "block"
    assert Tracker(TOKEN, base_url=URL, spool=tmp_path / "s")._settings.when_full == "spool"


def test_the_server_and_the_token_may_come_from_the_environment(monkeypatch):
    monkeypatch.delenv("PASTENSE_TOKEN", raising=False)
    monkeypatch.setenv("PASTENSE_URL", URL)
    with pytest.raises(ValueError, match="PASTENSE_TOKEN"):
        Tracker()
    monkeypatch.setenv("PASTENSE_TOKEN", TOKEN)
    client = Tracker()._settings.client
    assert (client.base_url, client.token) == (URL, TOKEN)


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"when_full": "wait"}, ValueError, "block, spool, drop"),
        ({"when_full": "spool"}, ValueError, "needs a folder"),
        ({"when_full": "drop", "block_timeout_s": 1}, ValueError, "block_timeout_s"),
        ({"block_timeout_s": -1}, ValueError, "block_timeout_s"),
        ({"queue_events_max": 0}, ValueError, "queue_events_max"),
        ({"queue_events_max": True}, ValueError, "queue_events_max"),
        ({"spool_bytes_max": "1"}, ValueError, "spool_bytes_max"),
        ({"exit_timeout_s": "1"}, TypeError, "exit_timeout_s"),
        ({"unknown_contact_retry_s": float("inf")}, ValueError, "unknown_contact_retry_s"),
        ({"on_drop": "log"}, TypeError, "on_drop"),
        ({"token": "a\nb"}, ValueError, "token"),
        ({"base_url": "example.org"}, ValueError, "base_url"),
        ({"proxy": "socks5://127.0.0.1:9"}, ValueError, "proxy"),
        ({"ca_file": "/nowhere.pem"}, ValueError, "ca_file"),
    ],
)
def test_an_option_that_is_none_is_refused_with_a_sentence(given, error, words):
    with pytest.raises(error, match=words):
        Tracker(**{"base_url": URL, "token": TOKEN} | given)


def test_a_spool_that_cannot_be_written_is_said_at_once(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        Tracker(TOKEN, base_url=URL, spool=tmp_path / "file")
