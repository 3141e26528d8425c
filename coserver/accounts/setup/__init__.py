"""Where the services of a domain are, and what programs may read of that before anybody logged in."""
