"""What drafts rest on: source records, citations, statements, promises, and source changes. The checks that compare a
draft with them are in `checks`."""
