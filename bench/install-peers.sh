#!/bin/sh
# Installs what the comparison needs beside us, from Debian's packages and npm. What cannot be had is reported as absent.
set -u
cd "$(dirname "$0")" || exit
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    for package in apache2-bin media-types wrk nginx-light libapache2-mod-passenger libapache2-mod-wsgi-py3; do
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
            echo "not installed: $package" >&2
    done
else
    echo 'without root and apt-get: install httpd, nginx, wrk, h2load, Passenger and mod_wsgi yourself' >&2
fi
mkdir -p .peers && cd .peers && { [ -f package.json ] || echo '{ "private": true }' >package.json; } && npm install --silent --no-audit --no-fund pm2@7.0.4
