#!/bin/sh
# freshet-run@.service: what became of the run NAME, in a word that can be searched for in the journal.
# usage: run-ended NAME    (systemd sets SERVICE_RESULT, EXIT_CODE and EXIT_STATUS)
set -eu
status=${EXIT_STATUS:-none}
case ${EXIT_CODE-}:$status in
exited:0) meaning="finished, all well" ;;
exited:1) meaning="finished with failures" ;;
exited:2) meaning="wrong arguments, nothing sent" ;;
exited:3) meaning="a threshold was not met" ;;
exited:4) meaning="the asked rate was not reached" ;;
exited:5) meaning="expected secondaries did not come, nothing sent" ;;
exited:6) meaning="target refused, nothing sent" ;;
exited:7) meaning="secondaries lost, the result is incomplete" ;;
exited:9) meaning="verification failed" ;;
exited:130 | exited:143) meaning="interrupted, after an orderly stop" ;;
exited:*) meaning="internal error" ;;
*) meaning=${SERVICE_RESULT:-ended} ;;
esac
priority=4
[ "$status" != 0 ] || priority=5
echo "<$priority>run $1: exit code $status, $meaning"
