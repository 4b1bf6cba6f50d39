"""Setting by typst, for channels that draw: the worker, the templates' language, headlines broken by meaning."""
