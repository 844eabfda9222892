"""Training. torch lives here and nowhere else; `pip install melodyrnn[train]` brings it."""
