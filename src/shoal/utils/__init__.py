"""What all of shoal uses: the environment, texts, schemas, limits of memory, public names."""
