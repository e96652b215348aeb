#!/bin/sh
':' //; exec node -- "$0" "$@"
// The second line is for sh: without `--` Node takes an --env-file among our arguments for its own.
import '../dist/main.js';
