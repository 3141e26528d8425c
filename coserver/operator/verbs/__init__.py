"""The verbs of an operator, a module for each kind of thing they act on."""
