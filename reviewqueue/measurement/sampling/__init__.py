"""QA samples: the weekly draw of decided drafts, their second review, and how far first and second answers agree."""
