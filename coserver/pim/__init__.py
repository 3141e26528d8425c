"""The calendar and contacts tools: books, objects and their index."""
