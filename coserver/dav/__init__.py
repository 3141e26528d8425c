"""The HTTP edge: CalDAV, CardDAV and the drive."""
