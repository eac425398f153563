"""What survives a run (SQLite): messages that may go on, what reading and joining remember, dead letters."""
