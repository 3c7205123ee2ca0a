"""The front door: one module a resource; `api.app` puts them together."""
