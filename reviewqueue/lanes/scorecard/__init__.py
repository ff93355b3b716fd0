"""The scorecard of a lane: ten areas, a worksheet of 31 lines, seven go/no-go areas, six launch owners. Pure.

They are fixed and no policy: an organisation that could weight its own areas could make any lane ready.
"""
