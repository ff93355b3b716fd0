"""From a closed-won deal to first value: CRM import, our own drafts and when each is due, milestones, inactivity.
Reading a vendor's payload is in `connectors`; deciding on a draft is in `review`."""
