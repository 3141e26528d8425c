"""May they: groups, members and the one evaluator of rights."""
