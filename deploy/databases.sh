#!/bin/sh
# The official PostgreSQL image runs this once, while its volume is empty: for each service a role, and a database that
# no other role may connect to. The password of a role is the one in its service's database address.
set -e

for service in users orders payments; do
    address=$(cat "${SECRETS:-/run/secrets}/${service}_database_url")
    password=${address#*://*:}
    PASSWORD=${password%%@*} psql --no-psqlrc --quiet --username "$POSTGRES_USER" --dbname postgres \
        --set ON_ERROR_STOP=1 --set service="$service" <<'SQL'
\getenv password PASSWORD
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;
SQL
done
