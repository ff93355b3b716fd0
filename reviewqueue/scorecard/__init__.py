"""The scorecard of a lane: ten areas, a worksheet of 31 lines, seven go/no-go areas, six launch owners. Pure.

These are the field's own terms and no policy: an organisation that weighs its own areas can make any lane ready.
"""
