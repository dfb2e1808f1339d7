#!/usr/bin/env bash
# One Apache Kafka broker for development and tests: KRaft mode, free ports, no root, from its Maven artifacts.
#
#   kafka.sh start [DIR]              prints the bootstrap address, e.g. 127.0.0.1:40123
#   kafka.sh stop  [DIR]              asks it to stop, and waits
#   kafka.sh kill  [DIR]              kills it as a crash would; `start` brings it back, same data, same port
#   kafka.sh freeze|thaw [DIR]        it answers nobody, as while its machine stands still; it goes on
#   kafka.sh tool  [DIR] CLASS ARG…   runs one of Kafka's tools, e.g. org.apache.kafka.tools.TopicCommand
#
# DIR (default $KAFKA_DIR or ./.kafka) keeps data, settings, output and process id. The jars are fetched once, into
# $KAFKA_LIB or ${XDG_CACHE_HOME:-~/.cache}/lianbo/kafka-VERSION. Needs a JDK (17 or newer) and, the first time, Maven.
#
# KAFKA_VERSION, KAFKA_HEAP     other than the defaults below
# KAFKA_JAVA_OPTS               replaces the options that make it start fast; empty for benchmarks
# KAFKA_SASL=user:password      a second listener that asks for it (SASL PLAIN without TLS); its address is in DIR/sasl
set -euo pipefail

version=${KAFKA_VERSION:-4.3.1}
heap=${KAFKA_HEAP:-768m}
fast=${KAFKA_JAVA_OPTS--XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto}
patience=60 # seconds for a start, the slowest machine and a recovery after `kill` included

die() { echo "kafka.sh: $*" >&2; exit 1; }

usage() { sed -n '2,16p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2; }

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

write_settings() {
  [ -e "$dir/server.properties" ] && return
  local broker controller sasl
  read -r broker controller sasl <<< "$(free_ports 3)"
  local listeners="PLAINTEXT://127.0.0.1:$broker" protocols="PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT" extra=""
  if [ -n "${KAFKA_SASL:-}" ]; then
    listeners="$listeners,SASL://127.0.0.1:$sasl"
    protocols="$protocols,SASL:SASL_PLAINTEXT"
    local module="org.apache.kafka.common.security.plain.PlainLoginModule"
    extra="sasl.enabled.mechanisms=PLAIN
listener.name.sasl.plain.sasl.jaas.config=$module required user_${KAFKA_SASL%%:*}=\"${KAFKA_SASL#*:}\";"
    echo "127.0.0.1:$sasl" > "$dir/sasl"
  fi
  cat > "$dir/server.properties" << PROPERTIES
process.roles=broker,controller
node.id=1
listeners=$listeners,CONTROLLER://127.0.0.1:$controller
advertised.listeners=$listeners
listener.security.protocol.map=$protocols
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:$controller
log.dirs=$dir/data
auto.create.topics.enable=false
# Kafka's own topics want three brokers unless told that there is one.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
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
  cat > "$dir/log4j2.properties" << PROPERTIES
appender.file.type=File
appender.file.name=file
appender.file.fileName=$dir/kafka.log
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d %p %c{1} %m%n
rootLogger.level=WARN
rootLogger.appenderRef.file.ref=file
logger.server.name=kafka.server
logger.server.level=INFO
PROPERTIES
  echo "127.0.0.1:$broker" > "$dir/bootstrap"
}

# shellcheck disable=SC2086 # the options are several words
run_java() {
  exec java -Xmx"$heap" $fast -Dlog4j2.configurationFile="$dir/log4j2.properties" -cp "$lib/*" "$@"
}

alive() { [ -e "$dir/pid" ] && kill -0 "$(cat "$dir/pid")" 2> /dev/null; }

answers() {
  local port; port=$(sed 's/.*://' "$dir/bootstrap")
  grep -q 'Kafka Server started' "$dir/kafka.log" 2> /dev/null && (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null
}

format() {
  [ -e "$dir/data/meta.properties" ] && return
  local id; id=$(run_java kafka.tools.StorageTool random-uuid)
  (run_java kafka.tools.StorageTool format --standalone -t "$id" -c "$dir/server.properties") > "$dir/format.out" 2>&1 ||
    die "cannot format the data directory; see $dir/format.out"
}

start() {
  fetch_jars
  write_settings
  if ! alive; then
    format
    : > "$dir/kafka.log"
    run_java kafka.Kafka "$dir/server.properties" >> "$dir/kafka.out" 2>&1 < /dev/null &
    echo $! > "$dir/pid"
  fi
  local deadline=$((SECONDS + patience))
  until answers; do
    alive || die "the broker stopped; see $dir/kafka.out and $dir/kafka.log"
    [ $SECONDS -lt $deadline ] || die "no answer within $patience s; see $dir/kafka.log"
    sleep 0.1
  done
  cat "$dir/bootstrap"
}

end() {
  alive || return 0
  local pid; pid=$(cat "$dir/pid")
  kill "-$1" "$pid"
  while kill -0 "$pid" 2> /dev/null; do sleep 0.1; done
  rm -f "$dir/pid"
}

command=${1:-}
dir=${2:-${KAFKA_DIR:-.kafka}}
case $command in start | stop | kill | freeze | thaw | tool) ;; *) usage ;; esac
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
lib=${KAFKA_LIB:-${XDG_CACHE_HOME:-$HOME/.cache}/lianbo/kafka-$version}

case $command in
start) start ;;
stop) end TERM ;;
kill) end KILL ;;
freeze) kill -STOP "$(cat "$dir/pid")" ;;
thaw) kill -CONT "$(cat "$dir/pid")" ;;
tool) [ $# -ge 3 ] || usage; fetch_jars; shift 2; run_java "$@" ;;
esac
