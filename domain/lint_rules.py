"""Which findings of the migration linter refuse a deploy, each with its reason; the rest is advice.

Rule names are squawk's (https://squawkhq.com/docs/rules); `syntax-error` is what it calls its finding on SQL
that it cannot read, which is no rule: it cannot be left out. A rule is here when what it finds breaks the
baseline, which goes on serving on the new schema, or blocks its reads or writes while it runs.
"""

BREAKING = {
    "ban-drop-table": "the baseline still reads the table",
    "ban-drop-column": "the baseline still reads the column",
    "ban-drop-view": "the baseline still reads the view",
    "ban-drop-function": "the baseline still calls the function",
    "ban-drop-type": "the baseline still uses the type",
    "ban-drop-domain": "the baseline still uses the domain",
    "ban-drop-sequence": "the baseline still draws from the sequence",
    "ban-drop-schema": "the baseline still needs what is in the schema",
    "ban-drop-extension": "the baseline still needs what is in the extension",
    "ban-drop-database": "the baseline still needs the database",
    "ban-drop-not-null": "the baseline does not expect NULL in the column",
    "ban-drop-default": "the baseline's inserts may leave the column to its default",
    "ban-drop-generated-expression": "the baseline's inserts leave the column to be computed",
    "ban-alter-identity": "the baseline's inserts count on the column's identity as it is",
    "ban-truncate-cascade": "rows that the baseline serves go with it, of other tables too",
    "ban-set-schema": "the baseline looks for it in its old schema",
    "renaming-table": "the baseline knows the table by its old name",
    "renaming-column": "the baseline knows the column by its old name",
    "renaming-object": "the baseline knows it by its old name",
    "changing-column-type": "the baseline knows the column by its old type, and a lock stops it meanwhile",
    "adding-required-field": "the baseline's inserts do not fill the column",
    "adding-not-nullable-field": "the baseline's inserts may leave the column empty",
}

LOCKING = {
    "adding-field-with-default": "the table is rewritten under a lock that stops reads and writes",
    "adding-serial-primary-key-field": "a lock stops reads and writes of the table while its index is built",
    "adding-foreign-key-constraint": "both tables are locked against writes while every row is checked",
    "constraint-missing-not-valid": "the table is locked against writes while every row is checked",
    "disallowed-unique-constraint": "the table is locked while the index is built",
    "require-concurrent-index-creation": "the table is locked against writes while the index is built",
    "require-concurrent-index-deletion": "the table is locked while the index goes",
    "require-concurrent-reindex": "the table is locked while the index is rebuilt",
    "require-concurrent-partition-detach": "the table is locked while the partition goes",
    "ban-alter-domain-with-add-constraint": "every table that uses the domain is locked while it is checked",
}

FAILING = {
    "ban-concurrent-index-creation-in-transaction": "PostgreSQL refuses it inside of a transaction",
    "transaction-nesting": "the migration would end the transaction it runs in",
    "syntax-error": "PostgreSQL could not read it",
}

BLOCKING = BREAKING | LOCKING | FAILING

IGNORED = {
    "prefer-robust-stmts": "Alembic keeps track of what was applied",
    "require-lock-timeout": "the job sets lock_timeout for every migration",
    "require-statement-timeout": "the job sets statement_timeout for every migration",
    "require-timeout-settings": "the job sets both time-outs for every migration",
}
