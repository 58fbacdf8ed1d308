"""What goes wrong in years of use: each fault, in a real Home Assistant."""
