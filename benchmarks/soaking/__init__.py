"""What the soak is made of: simulated time, a line that fails, a home, and those who watch it."""
