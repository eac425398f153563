"""What survives a run (SQLite): messages that are quiet but may go on, what reading and joining remember, dead letters."""
