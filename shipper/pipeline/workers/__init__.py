"""An archive read by several processes at once, ending in the same documents as one.

The archive is cut between its logs, in the order of time, into slices. A worker reads a slice, joins its lines with a
store of its own and keeps the documents back. What a slice needs to know of all before it is little: where each host's
clock stands, which SMTP sessions are open, which connections wait for their session, which split entries for their
rest, what was counted in the last second. A worker *guesses* it from the last half hour of the logs before (`warm_up`).
The owner of the state knows it for certain once the slice before is done, and compares (`borders`):

- Reading and joining are functions of what they know and of the lines. Where the guess equals what is true, the slice's
  events, sessions and attempts are those of one process. What the guess lacks or has too much makes a difference only
  where a line asks for it: each worker notes which processes and clients its lines asked for.
- Where something that was asked for was guessed wrongly, the documents are dropped before any was sent, and the slice
  is read again in its turn, with what is true.
- A message is the set of its lines, linked by queue ids. A worker writes a message whose beginning it has seen; what
  lacks its beginning, and what shares an id with lines before the slice, is left to the owner of the state, which
  unites it with what other slices have of it (`adoption`). Versions are event counts, so the fuller document stays.

Slices are taken into the state in their order, each with one commit, once the cluster has its documents: a run that is
killed goes on with the next one.

Workers are processes of their own, not forks: the parent has threads that deliver documents and an open database, and a
fork would copy locks that are held.
"""
