"""The same models on a Spark that is there already: what is handed over, what is asked, what comes back."""
