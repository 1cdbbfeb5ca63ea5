"""What a run leaves behind: histories, outcomes, tables, and the folders that they are saved in."""
