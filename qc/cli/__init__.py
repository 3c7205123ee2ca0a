"""The ``qc`` command: one module a family of verbs; heavy imports happen inside the verb that needs them."""
