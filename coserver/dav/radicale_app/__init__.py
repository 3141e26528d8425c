"""Calendars and contacts over DAV: the only door to Radicale."""
