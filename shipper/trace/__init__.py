"""A message's story: what is looked for, the lines that are its own, and what they tell stage by stage."""
