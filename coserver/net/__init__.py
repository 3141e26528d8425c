"""The Twisted kit: threads, TLS, limits, the bell and the control socket."""
