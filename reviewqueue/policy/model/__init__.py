"""The policy's data model (pydantic), which validates each part when a file is read. How it is applied to an item is in
`policy/evaluation.py`."""
