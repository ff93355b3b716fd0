"""What a person can be told of, in which ways, and what holds for whoever chose nothing. Plain values, no rules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NotificationKind:
    """One thing that somebody can be told of: its `label` among a person's choices, what a line of the page and a
    subject `says` before what it is about, and the `usual` way of telling it. `key` is persisted."""

    key: str
    label: str
    says: str
    usual: str = "page"


# Ways of telling, by key, from least to most. What is told by e-mail or in a chat is on the page too.
WAYS = {
    "none": "Not at all",
    "page": "On the page",
    "digest": "On the page, and in the morning’s e-mail",
    "now": "On the page, and by e-mail at once",
    "chat": "On the page, and in my chat at once",
}
KINDS = {
    kind.key: kind
    for kind in (
        NotificationKind("given", "Something is given to me", "Given to you", "now"),
        NotificationKind("escalated", "A draft is escalated to me", "Escalated to you", "now"),
        NotificationKind("exception", "An exception becomes mine", "Yours to resolve", "now"),
        NotificationKind("asked", "A question to sales is asked of me", "Asked of you", "now"),
        NotificationKind("answered", "My question is answered", "Your question was answered"),
        NotificationKind("decided", "What I escalated is decided", "What you escalated was decided"),
        NotificationKind("sent_back", "My draft is sent back", "Your draft was sent back"),
        NotificationKind("due_soon", "What waits for me is due soon", "Due soon"),
        NotificationKind("overdue", "What waited for me is overdue", "Overdue"),
        NotificationKind("sample", "The weekly QA sample is drawn", "To review again"),
        NotificationKind("customer", "A customer says something at their portal", "Your customer said something"),
        NotificationKind("stopped", "What waits to go out is stopped", "Stopped", "now"),
        NotificationKind("stop_ended", "A stop of what goes out ends", "No longer stopped"),
    )
}
