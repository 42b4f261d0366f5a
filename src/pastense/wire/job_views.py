"""Model to public JSON: bulk jobs and their error feeds (docs/wire.md "Bulk and jobs")."""

from __future__ import annotations

import msgspec

from pastense.model import Job, JobTask, RefusedItem

_encode = msgspec.json.Encoder().encode
_STATE = "completed"
"""What a bulk call holds is done when it is answered (decisions.md "Bulk and jobs")."""


def job_body(job: Job, base_url: str) -> bytes:
    """The job object, with addresses of its own."""
    return _encode(
        {
            "app_id": job.workspace_id,
            "id": job.id,
            "name": job.name,
            "state": _STATE,
            "created_at": job.created_at,
            "updated_at": job.updated_at,
            "completed_at": job.completed_at,
            "closing_at": job.closing_at,
            "links": {
                "self": f"{base_url}/jobs/{job.id}",
                "error": f"{base_url}/jobs/{job.id}/error",
            },
            "tasks": [_task(task) for task in job.tasks],
        }
    )


def error_feed_body(
    job: Job, items: list[RefusedItem], base_url: str, per_page: int, after: int | None
) -> bytes:
    """One page of a job's refused items; `pages` is empty on the last one."""
    address = f"{base_url}/jobs/{job.id}/error?per_page={per_page}&after={after}"
    return _encode(
        {
            "app_id": job.workspace_id,
            "job_id": job.id,
            "pages": {} if after is None else {"next": address},
            "items": [_refused_item(job, item) for item in items],
        }
    )


def job_status_body(job: Job, base_url: str) -> bytes:
    """The same job in the shape of 2.14 and later; the resource is the job's own page."""
    return _encode(
        {
            "type": "job",
            "id": job.id,
            "url": f"{base_url}/jobs/status/{job.id}",
            "status": "success",
            "resource_type": "job",
            "resource_id": job.id,
            "resource_url": f"{base_url}/jobs/{job.id}",
        }
    )


def _task(task: JobTask) -> dict[str, object]:
    return {**msgspec.structs.asdict(task), "state": _STATE}


def _refused_item(job: Job, item: RefusedItem) -> dict[str, object]:
    refused = item.refused
    return {
        "type": "job_item",
        "id": f"{job.id}-{item.index}",
        "updated_at": item.at,
        "method": item.method,
        "data_type": item.data_type,
        "data": msgspec.Raw(item.data.encode()),
        "error": {"code": refused.code, "message": refused.message, "field": refused.field},
    }
