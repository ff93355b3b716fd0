"""The organisation's policy as data: its model, loading and validating its text files, evaluating it for an item, and
its versions. What a person does under it is in `review`."""
