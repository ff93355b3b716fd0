"""Prose: what a draft says in passing, found in its texts and looked for in the records. Pure.

`finding` finds numbers, dates, money, durations, addresses and names in a text; `index` finds where the records say the
same; `facts` is the table of what two systems both know; `disputes` tells where they disagree; `statements` puts the
four together for one draft. Nothing here raises, whatever a draft or a record holds.
"""
