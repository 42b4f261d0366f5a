"""Environment and flags become settings; each says where it came from."""

from __future__ import annotations

import pytest

from pastense.limits import Limits
from pastense.settings import DESCRIPTIONS, Settings, SettingsError, load_settings, value_of


def sources(environment: dict[str, str], **flags: object) -> dict[str, tuple[object, str]]:
    """(value, source) of every setting by its name."""
    _, listed, _ = load_settings(environment, flags)
    return {setting.name: (setting.value, setting.source) for setting in listed}


def test_without_anything_all_is_default():
    settings, listed, warnings = load_settings({}, {})
    assert settings == Settings()
    assert settings.database == "sqlite:./data/pastense.db"
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert {setting.source for setting in listed} == {"default"}
    assert warnings == []


def test_every_setting_is_listed_with_a_description():
    names = {*Settings.__struct_fields__, *Limits.__struct_fields__} - {"limits"}
    _, listed, _ = load_settings({}, {})
    assert {setting.name for setting in listed} == names
    assert all(setting.description == DESCRIPTIONS[setting.name] for setting in listed)


def test_flags_win_over_the_environment_which_wins_over_defaults():
    environment = {"PASTENSE_PORT": "9000", "PASTENSE_HOST": "0.0.0.0"}
    found = sources(environment, port="9001", database=None)
    assert found["port"] == (9001, "flag")
    assert found["host"] == ("0.0.0.0", "environment")
    assert found["database"] == ("sqlite:./data/pastense.db", "default")


def test_a_limit_is_set_by_its_name():
    settings, _, _ = load_settings({"PASTENSE_METADATA_KEYS_MAX": "3"}, {})
    assert settings.limits.metadata_keys_max == 3
    assert value_of(settings, "metadata_keys_max") == 3
    assert value_of(settings, "port") == 8080


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("1", True), ("false", False), ("0", False)]
)
def test_booleans_are_words_or_digits(text, value):
    found = sources({"PASTENSE_CREATE_UNKNOWN_CONTACTS": text})
    assert found["create_unknown_contacts"] == (value, "environment")


def test_lists_are_written_with_commas():
    found = sources({"PASTENSE_TRUSTED_PROXIES": " 10.0.0.0/8, ::1 ,"})
    assert found["trusted_proxies"] == (("10.0.0.0/8", "::1"), "environment")


BAD = [
    ("PASTENSE_PORT", "65536"),
    ("PASTENSE_PORT", "-1"),
    ("PASTENSE_PORT", "http"),
    ("PASTENSE_PORT", ""),
    ("PASTENSE_PORT", "80.5"),
    ("PASTENSE_WORKERS", "0"),
    ("PASTENSE_BODY_BYTES_MAX", "0"),
    ("PASTENSE_LIST_WINDOW_DAYS", "-1"),
    ("PASTENSE_IDLE_TIMEOUT_S", "0"),
    ("PASTENSE_IDLE_TIMEOUT_S", "nan"),
    ("PASTENSE_CREATE_UNKNOWN_CONTACTS", "perhaps"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_value_that_cannot_be_used_is_named_with_its_setting(name, value):
    with pytest.raises(SettingsError, match=f"^{name}={value!r}: expected "):
        load_settings({name: value}, {})


@pytest.mark.parametrize("name", ["IDLE_TIMEOUT_S", "STOP_TIMEOUT_S"])
def test_a_time_without_end_is_refused(name):
    """Such a time would stop `serve` with a broken conversion instead of one clear line."""
    with pytest.raises(SettingsError, match=name):
        load_settings({f"PASTENSE_{name}": "inf"}, {})


def test_a_bad_flag_is_named_as_a_flag():
    with pytest.raises(SettingsError, match=r"^--port='x': expected "):
        load_settings({}, {"port": "x"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PASTENSE_QUEUE_EVENTS_MAX", "999"),
        ("PASTENSE_BUSY_TIMEOUT_S", "10"),
    ],
)
def test_relations_between_limits_are_checked(name, value):
    with pytest.raises(SettingsError, match=name.removeprefix("PASTENSE_").lower()):
        load_settings({name: value}, {})


@pytest.mark.parametrize("url", ["https://events.example.com", "http://[::1]:8080/base", ""])
def test_a_public_url_is_http_or_https(url):
    assert sources({"PASTENSE_PUBLIC_URL": url})["public_url"] == (url, "environment")


@pytest.mark.parametrize(
    "url", ["example.com", "ftp://x", "https://", "https://x?a=1", "https://x/#a", "https://x\n"]
)
def test_another_public_url_is_refused(url):
    with pytest.raises(SettingsError, match=r"^public_url="):
        load_settings({"PASTENSE_PUBLIC_URL": url}, {})


@pytest.mark.parametrize("proxy", ["proxy.example.com", "10.0.0.0/33", "1.2.3"])
def test_a_trusted_proxy_is_an_address_or_a_network(proxy):
    with pytest.raises(SettingsError, match=r"^trusted_proxies: "):
        load_settings({"PASTENSE_TRUSTED_PROXIES": proxy}, {})


def test_an_unknown_name_is_a_warning():
    environment = {"PASTENSE_PROT": "1", "PASTENSE_": "1", "OTHER": "1", "PASTENSE_PORT": "1"}
    _, _, warnings = load_settings(environment, {})
    assert [warning.split()[0] for warning in warnings] == ["PASTENSE_", "PASTENSE_PROT"]


def test_a_name_in_small_letters_is_not_read_so_it_is_a_warning():
    settings, _, warnings = load_settings({"PASTENSE_port": "1"}, {})
    assert settings.port == 8080
    assert [warning.split()[0] for warning in warnings] == ["PASTENSE_port"]


def test_names_of_the_shell_and_of_the_tests_are_no_warning():
    environment = {"PASTENSE_TOKEN": "pst_x", "PASTENSE_TEST_SUMMARY": "x"}
    assert load_settings(environment, {})[2] == []


def test_a_profile_sets_what_nobody_names():
    found = sources({"PASTENSE_PROFILE": "like-intercom", "PASTENSE_LIST_WINDOW_DAYS": "7"})
    assert found["profile"] == ("like-intercom", "environment")
    assert found["event_names_max"] == (120, "profile")
    assert found["tracked_keys_enforced"] == (True, "profile")
    assert found["list_window_days"] == (7, "environment")
    assert found["retention_days"] == (0, "default")
    found = sources({"PASTENSE_PROFILE": "like-intercom"}, rate_limit_per_minute=60)
    assert found["rate_limit_per_minute"] == (60, "flag")


def test_the_profile_holds_in_the_limits():
    settings, _, _ = load_settings({"PASTENSE_PROFILE": "like-intercom"}, {})
    assert settings.limits.rate_limit_per_minute == 10_000
    settings, listed, _ = load_settings({"PASTENSE_PROFILE": "open"}, {})
    assert settings.limits == Limits()
    assert "profile" not in {setting.source for setting in listed}


@pytest.mark.parametrize("profile", ["", "Open", "like_intercom"])
def test_another_profile_is_refused(profile):
    words = f"^PASTENSE_PROFILE={profile!r}: expected open or like-intercom$"
    with pytest.raises(SettingsError, match=words):
        load_settings({"PASTENSE_PROFILE": profile}, {})


@pytest.mark.parametrize("name", ["LIST_WINDOW_DAYS", "RETENTION_DAYS", "EVENT_NAMES_MAX"])
def test_a_number_that_no_store_could_count_with_is_refused(name):
    with pytest.raises(SettingsError, match=f"^PASTENSE_{name}="):
        load_settings({f"PASTENSE_{name}": str(10**18)}, {})
