"""What is said and drawn of what was found."""
