"""What programs read to set themselves up: values in, bytes out, and nothing that tells which accounts there are."""
