"""How far a lane may be automated: readiness, launch, stages, auto-send, policy proposals and their backtest. The
definition of a lane, as read from its file, is in `policy/model`."""
