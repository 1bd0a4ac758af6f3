#!/usr/bin/env bash
# Runs a Java class of Kafka. Under another name it is the tool of that name.
set -euo pipefail

case $(basename "$0") in
  kafka-server-start.sh) class=kafka.Kafka heap=-Xmx1g log=log4j2.yaml ;;
  kafka-storage.sh) class=kafka.tools.StorageTool ;;
  kafka-topics.sh) class=org.apache.kafka.tools.TopicCommand ;;
  kafka-configs.sh) class=kafka.admin.ConfigCommand ;;
  kafka-console-producer.sh) class=org.apache.kafka.tools.ConsoleProducer ;;
  kafka-console-consumer.sh) class=org.apache.kafka.tools.consumer.ConsoleConsumer ;;
  kafka-consumer-groups.sh) class=org.apache.kafka.tools.consumer.group.ConsumerGroupCommand ;;
  kafka-transactions.sh) class=org.apache.kafka.tools.TransactionsCommand ;;
  kafka-get-offsets.sh) class=org.apache.kafka.tools.GetOffsetShell ;;
  kafka-features.sh) class=org.apache.kafka.tools.FeatureCommand ;;
  kafka-broker-api-versions.sh) class=org.apache.kafka.tools.BrokerApiVersionsCommand ;;
  *) class=$1 && shift ;;
esac

# Both may hold several options.
# shellcheck disable=SC2086
exec java ${KAFKA_HEAP_OPTS:-${heap:--Xmx256m}} ${KAFKA_OPTS:-} \
  "-Dlog4j2.configurationFile=/opt/kafka/config/${log:-tools-log4j2.yaml}" -cp '/opt/kafka/libs/*' "$class" "$@"
