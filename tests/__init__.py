"""Fast checks: `make test` runs all of them, `make check` those that take seconds."""
