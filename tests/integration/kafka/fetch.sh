#!/bin/sh
# Fetch the pinned Apache Kafka of pom.xml, and all it stands on, into build/kafka/lib. Once: a second start finds it.
# usage: sh tests/integration/kafka/fetch.sh    (needs mvn, of the package maven)
set -eu
cd "$(dirname "$0")/../../.."
pom=tests/integration/kafka/pom.xml
lib=build/kafka/lib
mark=build/kafka/.$(sha256sum "$pom" | cut -c1-16)
[ ! -f "$mark" ] || exit 0
rm -rf build/kafka
mkdir -p build/kafka
timeout 600 mvn -q -B -Dstyle.color=never -f "$pom" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$(pwd)/$lib"
: >"$mark"
