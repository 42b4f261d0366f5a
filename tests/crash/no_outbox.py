"""The control of `test_webhooks.py`: events are stored and their deliveries are forgotten."""

from pastense.cli.main import main
from pastense.store.relational.events import groups
from tests.crash import quick_webhooks  # noqa: F401 (as quick as the real one)

groups.queue_deliveries = lambda *_: None

if __name__ == "__main__":
    main()
