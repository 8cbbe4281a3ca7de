#!/bin/sh
# Rolewave's namespace, with closed workflows kept for 90 days. docker-compose.yml runs it in temporalio/admin-tools, `npm run cluster` on this
# machine. Ends when the server accepts workflows there, which takes up to ten seconds after the namespace is created.
set -eu
: "${TEMPORAL_ADDRESS:?is not set}" "${TEMPORAL_NAMESPACE:?is not set}"

# patiently WHAT COMMAND…: tries for a minute.
patiently() {
  what=$1
  shift
  tries=0
  until "$@" >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -ge 60 ]; then
      echo "$what did not succeed within a minute; the last attempt said:" >&2
      "$@"
      return
    fi
    sleep 1
  done
}

patiently "Temporal's server at $TEMPORAL_ADDRESS serving" temporal operator cluster health
if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention 90d
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 90d
fi
patiently "Namespace $TEMPORAL_NAMESPACE taking workflows" temporal workflow count --namespace "$TEMPORAL_NAMESPACE"
