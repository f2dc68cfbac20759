#!/usr/bin/env bash
# Runs a server in a process group of its own and ends the whole group when standard input does:
#
#   guard.sh FOLDER SECONDS COMMAND...
#
# Whoever starts it holds the other end of a pipe as its standard input. "s" means "stop it", "k" kill
# it at once. The end of the pipe without a word means that the starter died, and then FOLDER goes
# too; so nothing is left over even when a test is killed. After SECONDS it ends in any case. Exits
# as the command did; its group is gone by then.
folder=$1 seconds=$2
shift 2

set -m # a job gets a group of its own
"$@" </dev/null &
group=$!
{
    read -rn1 -d '' -t "$seconds" word
    [[ $word != k ]] || kill -KILL -- "-$group"
    [[ -n $word ]]
} &
word=$!
set +m
trap : TERM INT HUP
ended=0
wait -n -p ended "$group" "$word"
status=$?

kill -TERM -- "-$group" 2>/dev/null
for ((left = 100; left > 0; --left)); do
    kill -0 -- "-$group" 2>/dev/null || break
    sleep 0.1
done
kill -KILL -- "-$group" "-$word" 2>/dev/null
if [[ $ended -eq $word && $status -ne 0 ]]; then
    rm -rf "$folder"
fi
wait "$group"
