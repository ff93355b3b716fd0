"""Auto-send: which messages of a lane are sent without a review of each, by whose standing approval, until when."""
