"""Gate: one verdict on a pull request of a research repository."""

__version__ = "0.1.0"

# Where the action, the documentation and the list of known bugs are, on GitHub.
REPOSITORY = "research-quality-gate/gate"
