"""`python -m reviewqueue` is the same as `reviewqueue`."""

from reviewqueue.cli import main

if __name__ == "__main__":
    main()
