"""One item: submitted, checked, routed, revised, read, leased, paused, overdue, listed. The decision on it is in
`review`."""
