"""MIME: what an e-mail can carry, how a mail program shows it, and the bytes of one. Pure: no network, no clock.

`addresses` reads one receiver, `encoded_words` what headers are decoded from, `message` decides whether a draft can be
sent (the gate's checks and the mailer both ask it), `compose` makes the bytes.
"""
