"""A made-up household whose digital meter talks on its P1 port."""
