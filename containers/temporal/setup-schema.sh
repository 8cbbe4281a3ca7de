#!/bin/sh
# Temporal's tables in PostgreSQL: created when missing, migrated when older. docker-compose.yml runs it in
# temporalio/admin-tools, `npm run cluster` on this machine; temporal-sql-tool reads SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD itself.
set -eu
: "${SQL_HOST:?is not set}" "${SQL_PORT:?is not set}" "${SQL_USER:?is not set}" "${SQL_PASSWORD:?is not set}"
export SQL_PLUGIN=postgres12_pgx SQL_DATABASE

SQL_DATABASE=temporal
temporal-sql-tool setup-schema -v 0.0
temporal-sql-tool update-schema --schema-name postgresql/v12/temporal

SQL_DATABASE=temporal_visibility
temporal-sql-tool setup-schema -v 0.0
temporal-sql-tool update-schema --schema-name postgresql/v12/visibility
