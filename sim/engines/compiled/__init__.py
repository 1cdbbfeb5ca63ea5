"""The compiled engine: the same month over arrays, for ensembles."""
