"""The side room where recordings are heard. Imports nothing by itself: the API must not reach the speech model."""
