"""The API with which programs administer an organisation: JSON over HTTPS, in the name of its owner."""
