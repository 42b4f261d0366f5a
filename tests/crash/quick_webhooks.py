"""`pastense`, but failed deliveries are tried again at once and a lease is short."""

from pastense.cli.main import main
from pastense.service.webhooks import delivery
from pastense.service.webhooks.pace import Pace

delivery.PACE = Pace(first_retry_s=0.0, poll_s=0.05, gather_s=0.02, lease_s=2)

if __name__ == "__main__":
    main()
