"""What another price of a plan would do: whom it reaches and when, and what past changes did."""
