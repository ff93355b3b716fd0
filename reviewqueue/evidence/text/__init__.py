"""Grounding: the statements in a draft's texts, compared with its source records. Pure.

`entities` finds numbers, dates, money, durations, addresses and names in a text; `index` finds where the records say
the same; `fact_paths` is the table of what two systems both know, `shared_facts` reads by it; `conflicts` finds where
they disagree; `citations` compares a quote with the field it cites; `grounding` puts them together for one draft.
Nothing here raises, whatever a draft or a record holds.
"""
