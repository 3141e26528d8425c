"""The words of the house: pure values, no input or output."""
