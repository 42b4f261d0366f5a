"""What the replays of SDKs share: their headers, and what a good answer looks like."""

from __future__ import annotations

JSON = {"Content-Type": "application/json", "Accept": "application/json"}
RUBY = {
    "Accept": "application/vnd.intercom.3+json",
    "AcceptEncoding": "gzip, deflate",  # the gem's own spelling; it asks for nothing
    "Content-Type": "application/json",
    "User-Agent": "Intercom-Ruby/4.2.2",
}


def check_accepted(answer) -> None:
    """Ruby 3 and 4 parse any byte that follows a 202, so there may be none."""
    assert (answer.status, answer.body) == (202, b"")
    assert answer.headers["Content-Length"] in (None, "0")


def named(events: list[dict]) -> list[tuple]:
    return [(event["event_name"], event["created_at"]) for event in events]


def check_job(answer, *item_counts: int) -> dict:
    """A job as every generation reads it: a body that is JSON, ids and links that are texts,
    times that are whole numbers; one call for each of the counts."""
    assert answer.status in (200, 202)
    job = answer.json()
    assert job.get("type") in (None, "job")
    assert [task["item_count"] for task in job["tasks"]] == list(item_counts)
    assert job["state"] == "completed"
    assert {type(job[name]) for name in ("id", "app_id", "name", "state")} == {str}
    times = ("created_at", "updated_at", "completed_at", "closing_at")
    assert {type(job[name]) for name in times} == {int}
    assert set(job["links"]) == {"self", "error"}
    assert all(link.startswith("http") for link in job["links"].values())
    return job


def errors_of(wire, headers: dict, job: dict) -> list[tuple[str, str, str]]:
    """(method, code, message) of the items that a job's error feed lists."""
    feed = wire.send("GET", f"/jobs/{job['id']}/error", headers).json()
    assert (feed["job_id"], feed["app_id"], feed["pages"]) == (job["id"], job["app_id"], {})
    return [
        (item["method"], item["error"]["code"], item["error"]["message"]) for item in feed["items"]
    ]
