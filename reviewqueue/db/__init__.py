"""The database: engine, the one write transaction, tables, triggers, migrations, paging. It knows rows and no rules."""
