"""Checks made required on a branch: the rules in force -> a plan -> written, verified.

`rules` are what holds, and `reading` asks for them; `plan` decides the one request that
is needed, `classic` spells the old protection as GitHub takes it, `applied` writes and
reads back, `seen` asks whether a check was ever reported, `shown` puts a plan into
words, and `refusals` says what to do when GitHub says no.
"""
