"""E-mail (MIME): what one can carry, how a mail program shows it, and the bytes of one. Pure: no network, no clock.

`addresses` parses one recipient, `encoded_words` decodes and encodes header texts, `message` decides whether a draft
can be sent (the gate's checks and the mailer both ask it), `compose` makes the bytes.
"""
