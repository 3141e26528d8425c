"""What an operator can have done: the verbs of the command line, and all they need to be said and shown."""
