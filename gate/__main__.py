"""`python -P -m gate`, for where the console script is not on the PATH."""

from gate.cli import main

if __name__ == "__main__":
    main()
