"""The control of the power cuts: the same server with the one pragma turned round on which the
promise rests. The verification must see what is lost."""

from tests.crash.small_steps import main
from tests.faults.small_log import SMALL, use

if __name__ == "__main__":
    use(*SMALL, "synchronous = OFF")
    main()
