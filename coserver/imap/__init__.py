"""The IMAP edge (RFC 9051, RFC 3501), in rings."""
