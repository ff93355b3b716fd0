"""The command line, one file a noun. Words go to standard error, JSON and secrets to standard output."""
