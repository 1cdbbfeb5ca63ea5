"""The formulas of the model. Each takes a person, a team, a project and the parameters as objects with attributes.

The Mesa agents and the rows of the compiled engine carry the same attribute names, so one source serves both.
Half-lives and the like are in months, rates are per month.
"""
