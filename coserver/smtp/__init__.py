"""The SMTP edge: relay in, submission, LMTP, and the sender of the outbox."""
