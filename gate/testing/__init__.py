"""Tests and coverage of a tree: run here, or given by an earlier step."""
