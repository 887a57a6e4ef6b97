"""The commands: one file a subcommand, its `command` is what the command line runs."""
