"""Running a scenario: one Mesa model a history, or many histories in compiled code."""
