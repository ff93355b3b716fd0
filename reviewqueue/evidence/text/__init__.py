"""Grounding: the statements in a draft's texts, compared with its source records. Pure.

Imports go down this list:

    comparisons   what a sentence says, held against what the records say of the same
    records       what records say: `index` by value, `conflicts` where two of them disagree
    sentence      what one sentence says: its clauses, and whether it affirms or denies
    values        `entities` finds numbers, dates, money and addresses in a text; `agreement` compares two of them
    words         how a text is split, and one form for what is written in several

`citations` compares a quote with the field it cites; `grounding` puts all of it together for one draft. Nothing here
raises, whatever a draft or a record holds.
"""
