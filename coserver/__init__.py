"""coserver: groupware that an organisation runs itself, one process and one store."""
