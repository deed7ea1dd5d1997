#!/bin/sh
# freshet-secondaries.service: start as many secondaries as are wanted, stop those that are too many.
# FRESHET_SECONDARIES, else LOCUST_NUMBER_OF_SECONDARIES, says how many; -1 or neither: one per core.
set -eu
name=FRESHET_SECONDARIES
count=${FRESHET_SECONDARIES-}
if [ -z "$count" ]; then
    name=LOCUST_NUMBER_OF_SECONDARIES
    count=${LOCUST_NUMBER_OF_SECONDARIES:--1}
fi
case $count in
-1) count=$(nproc) ;;
*[!0-9]* | 0?* | ?????*) bad=yes ;;
*) [ "$count" -le 1024 ] || bad=yes ;;
esac
if [ -n "${bad-}" ]; then
    echo "<3>$name=$count: a whole number from 0 to 1024 is allowed, or -1 for one per core" >&2
    exit 2
fi

wanted=''
core=0
while [ "$core" -lt "$count" ]; do
    wanted="$wanted freshet-secondary@$core.service"
    core=$((core + 1))
done
surplus=''
for unit in $(systemctl list-units --all --plain --no-legend 'freshet-secondary@*.service' | cut -d ' ' -f 1); do
    case " $wanted " in
    *" $unit "*) ;;
    *) surplus="$surplus $unit" ;;
    esac
done
# shellcheck disable=SC2086 # a unit a word
[ -z "$surplus" ] || systemctl stop $surplus
systemctl reset-failed 'freshet-secondary@*.service' || true
# shellcheck disable=SC2086
[ -z "$wanted" ] || systemctl start $wanted
echo "$count secondaries"
