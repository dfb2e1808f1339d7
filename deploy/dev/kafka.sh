#!/usr/bin/env bash
# Apache Kafka for development and tests: KRaft mode, free ports, no root, from its Maven artifacts.
#
#   kafka.sh start [DIR]              prints the bootstrap address, e.g. 127.0.0.1:40123
#   kafka.sh stop  [DIR]              asks it to stop, and waits
#   kafka.sh kill  [DIR]              kills a broker as a crash would; `start` brings it back, same data, same port
#   kafka.sh freeze|thaw [DIR]        a broker answers nobody, as while its machine stands still; all go on
#   kafka.sh tool  [DIR] CLASS ARG…   runs one of Kafka's tools, e.g. org.apache.kafka.tools.TopicCommand
#
# DIR (default $KAFKA_DIR or ./.kafka) keeps data, settings, output and process ids. The jars are fetched once, into
# $KAFKA_LIB or ${XDG_CACHE_HOME:-~/.cache}/lianbo/kafka-VERSION. Needs a JDK (17 or newer) and, the first time, Maven.
#
# KAFKA_BROKERS                 how many a new DIR gets, 1 or 3; of three, `kill` and `freeze` strike one by chance
# KAFKA_VERSION, KAFKA_HEAP     other than the defaults below
# KAFKA_JAVA_OPTS               replaces the options that make it start fast; empty for benchmarks
# KAFKA_SASL=user:password      a second listener that asks for it (SASL PLAIN without TLS); its address is in DIR/sasl
set -euo pipefail

version=${KAFKA_VERSION:-4.3.1}
heap=${KAFKA_HEAP:-768m}
fast=${KAFKA_JAVA_OPTS--XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto}
patience=60 # seconds for a start, the slowest machine and a recovery after `kill` included

die() { echo "kafka.sh: $*" >&2; exit 1; }

usage() { sed -n '2,17p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2; }

fetch_jars() {
  [ -e "$lib/complete" ] && return
  command -v mvn > /dev/null || die "Maven is needed once, to fetch Kafka $version into $lib"
  local project; project=$(mktemp -d)
  # Kafka logs through slf4j, and is silent without a binding.
  cat > "$project/pom.xml" << XML
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.lianbo</groupId><artifactId>development-kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>$version</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.4</version></dependency>
  </dependencies>
</project>
XML
  echo "kafka.sh: fetching Kafka $version into $lib (about 50 MB, once)" >&2
  mvn -q -B -f "$project/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$lib" >&2
  rm -r "$project"
  touch "$lib/complete"
}

# As many free ports as asked for, all different: the sockets stay open until all are known.
free_ports() {
  python3 -c 'import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(s.getsockname()[1] for s in sockets))' "$1"
}

# The cluster's plan: a line for each broker, `number broker-port controller-port sasl-port directory-id`.
write_plan() {
  [ -e "$dir/plan" ] && return
  local brokers=${KAFKA_BROKERS:-1} number broker controller sasl
  case $brokers in 1 | 3) ;; *) die "KAFKA_BROKERS is 1 or 3" ;; esac
  local -a ports
  read -ra ports <<< "$(free_ports $((brokers * 3)))"
  new_id > "$dir/cluster-id"
  for ((number = 1; number <= brokers; number++)); do
    echo "$number ${ports[*]:number * 3 - 3:3} $(new_id)"
  done > "$dir/plan.new"
  addresses 2 > "$dir/bootstrap"
  [ -z "${KAFKA_SASL:-}" ] || addresses 4 > "$dir/sasl"
  while read -r number broker controller sasl _; do
    write_settings "$dir/node-$number"
  done < "$dir/plan.new"
  mv "$dir/plan.new" "$dir/plan"
}

# What stands at one place of the plan, of all brokers.
addresses() { awk -v at="$1" '{ printf "%s127.0.0.1:%s", (NR > 1 ? "," : ""), $at } END { print "" }' "$dir/plan.new"; }

# As Kafka writes its ids, without the hyphen: its tools take an id that begins with one for an option.
new_id() {
  python3 -c 'import base64, uuid
print(base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_"))'
}

# Of one broker, whose line of the plan is being read.
write_settings() {
  local node=$1 controllers in_sync=$(((brokers + 1) / 2))
  controllers=$(addresses 3)
  mkdir -p "$node"
  local listeners="PLAINTEXT://127.0.0.1:$broker" protocols="PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT" extra=""
  if [ -n "${KAFKA_SASL:-}" ]; then
    listeners="$listeners,SASL://127.0.0.1:$sasl"
    protocols="$protocols,SASL:SASL_PLAINTEXT"
    local module="org.apache.kafka.common.security.plain.PlainLoginModule"
    extra="sasl.enabled.mechanisms=PLAIN
listener.name.sasl.plain.sasl.jaas.config=$module required user_${KAFKA_SASL%%:*}=\"${KAFKA_SASL#*:}\";"
  fi
  cat > "$node/server.properties" << PROPERTIES
process.roles=broker,controller
node.id=$number
listeners=$listeners,CONTROLLER://127.0.0.1:$controller
advertised.listeners=$listeners,CONTROLLER://127.0.0.1:$controller
listener.security.protocol.map=$protocols
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=$controllers
log.dirs=$node/data
auto.create.topics.enable=false
# Kafka's own topics want three brokers unless told that there is one; nothing counts as written that one broker has alone.
default.replication.factor=$brokers
min.insync.replicas=$in_sync
offsets.topic.replication.factor=$brokers
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=$brokers
transaction.state.log.min.isr=$in_sync
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=$brokers
share.coordinator.state.topic.min.isr=$in_sync
# A group begins with its first member; tests may ask for short sessions.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=500
# After a kill, the broker is taken back once its former self counts as dead.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
# Articles of 5 MB and their frame.
message.max.bytes=6200000
replica.fetch.max.bytes=6200000
# Compaction can be watched.
log.cleaner.backoff.ms=200
log.retention.check.interval.ms=1000
$extra
PROPERTIES
  cat > "$node/log4j2.properties" << PROPERTIES
appender.file.type=File
appender.file.name=file
appender.file.fileName=$node/kafka.log
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d %p %c{1} %m%n
rootLogger.level=WARN
rootLogger.appenderRef.file.ref=file
logger.server.name=kafka.server
logger.server.level=INFO
PROPERTIES
}

# shellcheck disable=SC2086 # the options are several words
run_java() {
  exec java -Xmx"$heap" $fast -Dlog4j2.configurationFile="$1/log4j2.properties" -cp "$lib/*" "${@:2}"
}

one() { shuf -n 1 -e "$dir"/node-*; }

alive() { [ -e "$1/pid" ] && kill -0 "$(cat "$1/pid")" 2> /dev/null; }

answers() {
  local port; port=$(sed -n 's|^listeners=PLAINTEXT://127.0.0.1:\([0-9]*\).*|\1|p' "$1/server.properties")
  grep -q 'Kafka Server started' "$1/kafka.log" 2> /dev/null && (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null
}

format() {
  [ -e "$1/data/meta.properties" ] && return
  local voters; voters=$(awk '{ printf "%s%s@127.0.0.1:%s:%s", (NR > 1 ? "," : ""), $1, $3, $5 }' "$dir/plan")
  (run_java "$1" kafka.tools.StorageTool format --initial-controllers "$voters" -t "$(cat "$dir/cluster-id")" \
    -c "$1/server.properties") > "$1/format.out" 2>&1 || die "cannot format the data directory; $1/format.out says: $(tail -n 3 "$1/format.out")"
}

start() {
  fetch_jars
  write_plan
  local node
  for node in "$dir"/node-*; do
    alive "$node" && continue
    format "$node"
    : > "$node/kafka.log"
    run_java "$node" kafka.Kafka "$node/server.properties" >> "$node/kafka.out" 2>&1 < /dev/null &
    echo $! > "$node/pid"
  done
  local deadline=$((SECONDS + patience))
  for node in "$dir"/node-*; do
    until answers "$node"; do
      alive "$node" || die "a broker stopped; see $node/kafka.out and $node/kafka.log"
      [ $SECONDS -lt $deadline ] || die "no answer within $patience s; see $node/kafka.log"
      sleep 0.1
    done
  done
  cat "$dir/bootstrap"
}

end() {
  alive "$2" || return 0
  local pid; pid=$(cat "$2/pid")
  kill "-$1" "$pid"
  while kill -0 "$pid" 2> /dev/null; do sleep 0.1; done
  rm -f "$2/pid"
}

# All are asked before one is waited for: the last ones would find no majority.
stop() {
  local node
  for node in "$dir"/node-*; do ! alive "$node" || kill -TERM "$(cat "$node/pid")"; done
  thaw
  for node in "$dir"/node-*; do end TERM "$node"; done
}

thaw() {
  local node
  for node in "$dir"/node-*; do ! alive "$node" || kill -CONT "$(cat "$node/pid")"; done
}

command=${1:-}
dir=${2:-${KAFKA_DIR:-.kafka}}
case $command in start | stop | kill | freeze | thaw | tool) ;; *) usage ;; esac
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
lib=${KAFKA_LIB:-${XDG_CACHE_HOME:-$HOME/.cache}/lianbo/kafka-$version}

case $command in
start) start ;;
stop) stop ;;
kill) end KILL "$(one)" ;;
freeze) kill -STOP "$(cat "$(one)/pid")" ;;
thaw) thaw ;;
tool) [ $# -ge 3 ] || usage; fetch_jars; shift 2; run_java "$dir/node-1" "$@" ;;
esac
