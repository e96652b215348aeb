#!/bin/sh
# Written by express 0.1.0. Edits are lost; write it again with:
#   express setup-server app.ts

# --locale
LANG='C.UTF-8'
LC_ALL='C.UTF-8'
export LANG LC_ALL

envvars='/srv/express/server/envvars'
# Only a plain file of ours that nobody else can write to is run.
if [ -n "$(find "$envvars" -prune -type f -user "$(id -u)" ! -perm -020 ! -perm -002 2>/dev/null)" ]; then
    # shellcheck source=/dev/null
    . "$envvars"
fi

# --working-directory
cd '/srv/express/app' || exit 1

run_httpd() {
    exec '/usr/sbin/apache2' "$@"
}

case ${1-} in
start | stop | restart | graceful | graceful-stop | status)
    verb=$1
    shift
    exec '/usr/bin/node' '/usr/lib/express/bin/express.js' control "$verb" --server-root '/srv/express/server' "$@"
    ;;
configtest)
    run_httpd -t -f '/srv/express/server/httpd.conf'
    ;;
'')
    echo "usage: $0 start|stop|restart|graceful|graceful-stop|status|configtest" >&2
    echo "       $0 -DFOREGROUND (or any other options of httpd itself)" >&2
    exit 64
    ;;
*)
    run_httpd -f '/srv/express/server/httpd.conf' "$@"
    ;;
esac
