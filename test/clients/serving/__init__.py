"""A gateway that serves workflows, and Earth2Studio's own client."""
