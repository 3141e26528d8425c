"""The portal: what people see of the house in a browser, and what sets their programs up."""
