"""The history of the tables, applied by `qc.store.database.Database.migrate`."""
