"""Browser components, one folder each: what they draw is handed to them as plain values."""
