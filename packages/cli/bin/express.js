#!/bin/sh
':' /*
# sh reads down to exec, and Node takes it for a comment. Without `--` Node takes an --env-file among our arguments for its own.
if [ $$ = 1 ]; then
    # The first process of a container inherits whatever loses its parent, and Node cannot wait for what it has not started.
    node -- "$0" "$@" &
    child=$!
    for signal in HUP INT TERM USR1 USR2; do
        # shellcheck disable=SC2064 # the child and the signal of now
        trap "kill -s $signal $child 2>/dev/null" "$signal"
    done
    wait "$child"
    status=$?
    while kill -s 0 "$child" 2>/dev/null; do
        wait "$child"
        status=$?
    done
    exit "$status"
fi
exec node -- "$0" "$@"
*/
import '../dist/main.js';
