"""What shoal's defaults reach on pictures, masks and texts, beside what everybody tries first."""
