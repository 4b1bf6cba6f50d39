"""Comments of the public: the form's token and work, its limits, tables of them, and the feedback that is drafted."""
