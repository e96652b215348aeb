#!/usr/bin/env bash
# Runs the README's first command in a fresh clone on a free port, fetches a page, stops it and looks for leftovers.
# usage: ci-first-run.sh COMMAND SCRATCH_DIRECTORY
set -uo pipefail
command=$1
scratch=$2
[ -n "$command" ] || { echo 'the README names no command'; exit 1; }

# Hidden from detection: a private mount namespace has an empty file in the place of every system httpd.
hidden=(/usr/sbin/apache2 /usr/sbin/httpd /usr/bin/httpd)
if [ -z "${HTTPD_HIDDEN:-}" ] && [ -n "$(ls "${hidden[@]}" 2>/dev/null)" ]; then
  exec env HTTPD_HIDDEN=1 unshare --mount --propagation private "$0" "$@"
fi
for file in "${hidden[@]}"; do
  [ ! -e "$file" ] || mount --bind /dev/null "$file" || exit 1
done

EXPRESS_HTTPD_HOME=$scratch/private-httpd
EXPRESS_PORT=$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
export EXPRESS_HTTPD_HOME EXPRESS_PORT
bash -c "exec $command" >"$scratch/first-run.out" 2>&1 &
server=$!

# Installing and building takes a while on a first run; the command ends early when it fails.
for _ in $(seq 1 1200); do
  page=$(curl -fsS "http://127.0.0.1:$EXPRESS_PORT/ci" 2>/dev/null) && break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.25
done
kill -INT "$server"
wait "$server"
status=$?
cat "$scratch/first-run.out"
printf 'page: %s\nexit status: %s\n' "${page:-none}" "$status"

[ "${page:-}" = 'Hello from /ci' ] || exit 1
[ "$status" = 0 ] || exit 1
ls "$EXPRESS_HTTPD_HOME"/*/bin/httpd || exit 1
if curl -s "http://127.0.0.1:$EXPRESS_PORT/" >/dev/null; then echo 'something still answers'; exit 1; fi
