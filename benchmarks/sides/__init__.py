"""Shoal's side of each comparison, written against its public interface alone."""
