"""The expectation suites as code: one module a gate, each with `rules(company, as_of)`."""
