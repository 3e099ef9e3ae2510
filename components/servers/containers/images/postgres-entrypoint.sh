#!/bin/sh
# Makes the data at the first start, runs what lies in docker-entrypoint-initdb.d, and becomes the server.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  password="$(mktemp)"
  printf %s "$POSTGRES_PASSWORD" > "$password"
  # shellcheck disable=SC2086 -- several words
  initdb --pgdata="$PGDATA" --username="${POSTGRES_USER:-postgres}" --pwfile="$password" --auth-local=trust --auth-host=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
  rm "$password"
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  pg_ctl --pgdata="$PGDATA" --wait --options="-c listen_addresses=''" start
  for script in /docker-entrypoint-initdb.d/*.sh; do
    [ ! -e "$script" ] || . "$script"
  done
  pg_ctl --pgdata="$PGDATA" --wait --mode=fast stop
fi
exec "$@"
