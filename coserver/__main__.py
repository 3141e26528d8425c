"""`python -m coserver` is the command `coserver`."""

from coserver.cli.main import main

if __name__ == "__main__":
    main()
