"""Gate: one verdict on a pull request of a research repository."""

__version__ = "0.1.0"
