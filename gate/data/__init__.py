"""Tables, their statistics and their schemas: a library that knows nothing of gates."""
