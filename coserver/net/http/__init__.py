"""HTTP as all edges share it: connections, requests whose bodies come as they come, and answers."""
