"""Who is it: credentials, login, throttling."""
