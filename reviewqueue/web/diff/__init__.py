"""What changed between two drafts, and how two texts are aligned word by word. No page of its own."""
