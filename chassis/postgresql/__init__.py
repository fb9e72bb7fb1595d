"""A database backend: `ENGINE = "chassis.postgresql"`."""
