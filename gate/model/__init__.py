"""Predictions and what they are worth: a library that knows nothing of gates.

What to import, and what is behind it:

spec          what is to be analysed, and what it is held to
predictions   a file of predictions, read for a task
slicing       the slices of the rows
"""
