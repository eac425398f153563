"""Stage events and messages -> ECS documents, their ids and index names. Pure functions: nothing here reads a clock."""
