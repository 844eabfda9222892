"""The command line: one file a command. Each imports what it works with only when it runs."""
