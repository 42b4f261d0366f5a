"""Run the command line with `python -m pastense`."""

from pastense.cli.main import main

if __name__ == "__main__":
    main()
