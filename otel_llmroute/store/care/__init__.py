"""Care of a store: examining it, copying it while it runs, putting a copy back, removing what is old."""
