"""Every table, one module for each package that owns some: nobody else queries them."""
