"""Persistence: every table, the one writing thread, blobs, the change log and the gate."""
