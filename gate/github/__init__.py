"""The only place that knows GitHub: what happened, its API, what is published."""
