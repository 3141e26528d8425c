"""The documents tool: folders, files, locks and properties."""
