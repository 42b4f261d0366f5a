"""The examples of docs/python.md, one after the other in one program, against a real server."""

from __future__ import annotations

import re
from pathlib import Path

from pastense.testing import Sandbox
from tests.support.documents import changed, page, python_blocks, run_program

TEXT = page("python.md")
FRAMEWORKS = ("# views.py\n", "# app.py\n")
"""The last two blocks are files of applications, which have tests of their own."""


def program(text: str = TEXT) -> str:
    blocks = python_blocks(text)
    assert len(blocks) == 13
    assert tuple(block.partition("\n")[0] + "\n" for block in blocks[-2:]) == FRAMEWORKS
    return "\n".join(blocks[:-2])


def test_the_examples_run(intercom_sandbox: Sandbox, tmp_path: Path):
    done = run_program(program(), tmp_path, intercom_sandbox, "-W", "error")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr  # Nothing logged, nothing open.
    sandbox = intercom_sandbox
    sandbox.assert_tracked("signed-up", user_id="314159")
    sandbox.assert_tracked("invited-friend", user_id="314159", times=None)
    [order] = sandbox.assert_tracked("placed-order", email="pi@example.org")
    assert order.metadata is not None
    assert list(order.metadata.values())[3:] == [
        "https://example.org/orders/3434",
        {"url": "https://example.org/orders/3434", "value": "3434"},
        {"amount": 34999, "currency": "eur"},
    ]
    assert abs(order.metadata["order_date"] - sandbox.clock.now()) < 60
    printed = done.stdout
    for words in (
        "invited-friend 20",  # The asynchronous client's list.
        "\nnobody not_found User Not Found\n",
        "\n404 not_found user_id ",
        "\nasked-for-demo 7 2022-12-14 14:41:34+00:00 2022-12-14 14:41:35+00:00\n",
        '"name": "GET /me"',
    ):
        assert words in printed, printed
    assert re.search(r"^202 \S+ \S+$", printed, re.MULTILINE), printed
    assert re.search(r"^\{'type': 'list', .*\}$", printed, re.MULTILINE), printed


def test_an_example_that_is_wrong_is_found(intercom_sandbox: Sandbox, tmp_path: Path):
    wrong = changed(TEXT, '"order_date": datetime.now(UTC)', '"order_date": datetime.now()')
    done = run_program(program(wrong), tmp_path, intercom_sandbox)
    assert done.returncode == 1
    assert "has no time zone" in done.stderr
    intercom_sandbox.assert_not_tracked("placed-order")
