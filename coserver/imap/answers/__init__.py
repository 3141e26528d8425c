"""What the house answers to a session's asks: calls into the core, one for each ask."""
