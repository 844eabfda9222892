"""`python -m melodyrnn` is `melodyrnn`."""

from melodyrnn.cli.main import main

if __name__ == "__main__":
    main()
