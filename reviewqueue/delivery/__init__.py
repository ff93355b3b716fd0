"""Outbound delivery: releases and what holds them, e-mail, callbacks, and reports of what was sent. Whether something
may leave at all is decided in `review`, or rests on a standing approval in `lanes/autosend`."""
