"""The outermost ring: Twisted connections, and the calls from a session into the core."""
