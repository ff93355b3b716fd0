"""Accounts, roles, groups, absences, API keys and access. Who decides at a gate is the policy's:
`policy/evaluation.py`."""
